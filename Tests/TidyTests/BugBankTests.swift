import Foundation
import Testing

/// The bug bank stays small in the code that it is put into: `Sabotage` says how.
struct BugBankTests {
    private static let path = "KafkaProtocol/Types/Sabotage.swift"

    @Test func eachDefectStandsInOnePlaceAndHasRunsThatFindIt() throws {
        let sources = try TidyTests.sources()
        let type = try #require(sources.first { $0.path == Self.path })
        let cases = type.lines.compactMap { $0.firstMatch(of: /^ +case (\w+)$/).map { String($0.1) } }
        #expect(cases.count >= 20)
        #expect(Set(cases).count == cases.count)
        let bank = try #require(sources.first { $0.path == "Simulation/Cluster/BugBank.swift" })
        for name in cases {
            let places = sources.filter { $0.path != Self.path }.flatMap { source in
                source.lines.filter { $0.contains("Sabotage.\(name).isOn") }.map { _ in source.path }
            }
            #expect(places.count == 1, "\(name) stands in \(places)")
            #expect(bank.lines.contains { $0.contains("\"\(name)\": Aim(") }, "\(name) has no aim")
        }
    }

    /// Release builds have no case: whatever is named there is false.
    @Test func onlyDebugBuildsHaveDefectsAndTheCommandKnowsNone() throws {
        let sources = try TidyTests.sources()
        let type = try #require(sources.first { $0.path == Self.path })
        let code = type.lines.filter { !$0.hasPrefix("//") && !$0.isEmpty }
        #expect(code.first == "#if DEBUG")
        let release = code.drop { $0 != "#else" }
        #expect(!release.isEmpty && !release.contains { $0.contains("case ") })
        for source in sources where source.lines.contains(where: { $0.contains("Sabotage") }) {
            #expect(source.target != "ottla" && source.target != "World", "\(source.path)")
            let others = source.lines.filter { $0.contains("Sabotage") && !$0.contains(/Sabotage\.\w+\.isOn/) }
            if source.path == Self.path || source.path == "Simulation/Cluster/BugBank.swift" { continue }
            #expect(others == ["@_spi(Sabotage) import KafkaProtocol"], "\(source.path)")
        }
    }
}
