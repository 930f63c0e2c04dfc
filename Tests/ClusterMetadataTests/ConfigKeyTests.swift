import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// What keys take, one kind after the other, and where their values come from.
struct ConfigKeyTests {
    private func key(_ kind: ConfigKey.Kind, _ validValues: String = "") -> ConfigKey {
        var key = ConfigKey.foreign("k")
        (key.kind, key.validValues) = (kind, validValues)
        return key
    }

    @Test func valuesByTheirKinds() {
        let table: [(ConfigKey.Kind, String, good: [String], bad: [String])] = [
            (.boolean, "", ["true", "false", " TRUE ", "False"], ["", "yes", "1", "truee"]),
            (.short, "", ["0", "-32768", "32767", " 7 "], ["32768", "-32769", "1.0", "", "x", "0x1"]),
            (.int, "", ["2147483647", "-2147483648", "+5"], ["2147483648", "1e3", "1 000", "٣"]),
            (.long, "", ["9223372036854775807", "-1"], ["9223372036854775808", "--1", "-"]),
            (.double, "", ["0.5", "1e3", "-2", "+.5"], ["0x1p3", "nan", "inf", "", "1,5"]),
            (.string, "", ["", "anything, at all"], []),
            (.list, "", ["", "a", "a, b"], ["a,,b", ",", "a,"]),
            (.class, "", ["org.example.Thing", ""], []),
            (.password, "", ["secret", ""], []),
        ]
        for row in table {
            let key = key(row.0, row.1)
            for value in row.good { #expect(key.problem(with: value) == nil, "\(row.0) \(value)") }
            for value in row.bad { #expect(key.problem(with: value) != nil, "\(row.0) \(value)") }
        }
    }

    @Test func rangesAndChoices() {
        let table: [(ConfigKey.Kind, String, good: [String], bad: [String])] = [
            (.int, "[1,...]", ["1", "2147483647"], ["0", "-1"]),
            (.int, "[0,...,10]", ["0", "10"], ["11", "-1"]),
            (.long, "[1,...] or -1", ["-1", "1"], ["0", "-2"]),
            (.double, "[0,...,1]", ["0", "0.5", "1"], ["1.01", "-0.1"]),
            (.string, "[delete, compact]", ["delete", "compact"], ["Delete", "", "burn"]),
            (.string, "(case insensitive) [ONE, TWO]", ["one", "Two", "TWO"], ["three"]),
            (.string, "non-empty string", ["x"], [""]),
            (.list, "[a, b]", ["a", "a,b", ""], ["c", "a,c"]),
        ]
        for row in table {
            let key = key(row.0, row.1)
            for value in row.good { #expect(key.problem(with: value) == nil, "\(row.1) \(value)") }
            for value in row.bad { #expect(key.problem(with: value) != nil, "\(row.1) \(value)") }
        }
    }

    @Test func durations() {
        for text in ["P1D", "PT1H", "PT1M", "PT1S", "P1DT2H3M4.5S", "pt5s", "P0DT0S", "PT0.25S"] {
            #expect(ConfigValue.isDuration(text), "\(text)")
        }
        for text in [
            "", "P", "PT", "1D", "P1H", "PT1D", "P1", "PT1.5M", "PT1.S", "PT.5S", "PTS", "P1DT", "PT1S1M", "P-1D",
        ] {
            #expect(!ConfigValue.isDuration(text), "\(text)")
        }
    }

    @Test func throttledReplicas() {
        for text in ["*", "0:1", "0:1,1:2", ""] {
            #expect(ConfigValue.throttledReplicasProblem(ConfigValue.list(text)) == nil, "\(text)")
        }
        for text in ["*,0:1", "0", "0:", ":1", "0:1:2", "a:1", "0:-1"] {
            #expect(ConfigValue.throttledReplicasProblem(ConfigValue.list(text)) != nil, "\(text)")
        }
    }

    @Test func valuesAreShownInOneWay() {
        let table: [(ConfigKey.Kind, String, String)] = [
            (.boolean, " True ", "true"), (.int, " +007 ", "7"), (.long, "-0", "0"), (.int, "x", "x"),
            (.list, " a , b ", "a,b"), (.string, "\t text\n", "text"), (.double, " 1.50 ", "1.50"),
        ]
        for (kind, value, shown) in table {
            #expect(key(kind).normalized(value) == shown, "\(kind)")
            #expect(key(kind).normalized(shown) == shown, "what is shown can be given again")
        }
    }

    /// What is normalized is as good or bad as it was, and stays as it is.
    @Test func normalizingChangesNoMeaning() {
        var random = SeededGenerator(seed: 5)
        let pieces = ["", " ", "1", "-", "0", "true", "FALSE", "a", ",", "9999999999", ".", "e", "+", "\t", "*", ":"]
        let kinds: [ConfigKey.Kind] = [
            .boolean, .short, .int, .long, .double, .string, .list, .class, .password, .unknown,
        ]
        for _ in 0..<4000 {
            let value = (0..<random.next(below: 5)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
            for kind in kinds {
                let key = key(kind)
                let shown = key.normalized(value)
                #expect(key.normalized(shown) == shown, "\(kind) '\(value)'")
                #expect((key.problem(with: value) == nil) == (key.problem(with: shown) == nil), "\(kind) '\(value)'")
            }
        }
    }

    // MARK: The catalog

    @Test func everyDefaultIsAllowed() {
        let catalog = ConfigCatalog.shared
        for keys in [catalog.broker, catalog.topic] {
            for key in keys.values {
                guard let value = key.defaultValue else { continue }
                #expect(key.problem(with: value) == nil, "\(key.name)=\(value)")
                #expect(key.normalized(value) == value, "\(key.name)=\(value)")
            }
        }
    }

    @Test func topicsTakeOverFromKeysThatThereAre() {
        for key in ConfigCatalog.shared.topic.values {
            for name in key.brokerKeys { #expect(ConfigCatalog.shared.broker[name] != nil, "\(key.name) from \(name)") }
        }
    }

    /// The first place that says something counts: the topic, then the broker's own, those of all brokers, its file, the default.
    @Test func placesCountInTheirOrder() throws {
        let key = try #require(ConfigCatalog.shared.topic["max.message.bytes"])
        let name = try #require(key.brokerKeys.first)
        for places in 0..<16 {
            func has(_ place: Int) -> Bool { places & 1 << place != 0 }
            let resolver = ConfigResolver(
                staticBroker: has(0) ? [name: "1"] : [:],
                dynamicBroker: has(2) ? [name: "3"] : [:],
                dynamicDefault: has(1) ? [name: "2"] : [:]
            )
            let found = resolver.topic(key, overrides: has(3) ? [key.name: "4"] : [:])
            let expected: (String?, ConfigSource) =
                if has(3) {
                    ("4", .topic)
                } else if has(2) {
                    ("3", .dynamicBroker)
                } else if has(1) {
                    ("2", .dynamicDefaultBroker)
                } else if has(0) {
                    ("1", .staticBroker)
                } else {
                    (key.defaultValue, .defaultValue)
                }
            #expect(found.value == expected.0 && found.source == expected.1, "places \(places)")
            #expect(resolver.isSet(name) == (places & 7 != 0))
            let synonyms = resolver.topicSynonyms(key, overrides: has(3) ? [key.name: "4"] : [:])
            #expect(synonyms.first?.value == found.value && synonyms.first?.source == found.source, "places \(places)")
        }
    }

    @Test func hoursAndMinutesBecomeMilliseconds() throws {
        let key = try #require(ConfigCatalog.shared.topic["retention.ms"])
        let table: [([String: String], String)] = [
            (["log.retention.hours": "2"], "7200000"), (["log.retention.minutes": "3"], "180000"),
            (["log.retention.ms": "5"], "5"), (["log.retention.hours": "-1"], "-1"),
            (["log.retention.hours": "2", "log.retention.minutes": "3"], "180000"),
            (["log.retention.hours": "2", "log.retention.ms": "5"], "5"),
            (["log.retention.hours": "2147483647"], "7730941129200000"),
        ]
        for (values, expected) in table {
            #expect(ConfigResolver(staticBroker: values).topic(key, overrides: [:]).value == expected, "\(values)")
        }
    }
}
