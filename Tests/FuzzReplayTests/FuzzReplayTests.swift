import Foundation
import FuzzTargets
import KafkaRecords
import NIOCore
import Testing

/// Inputs that the fuzzers found worth keeping, and each that ever brought a decoder down. A failure ends the process.
struct FuzzReplayTests {
    /// A corpus: inputs behind four bytes of length, packed with gzip. See Fuzz/corpus.py.
    static func inputs(_ name: String) throws -> [ByteBuffer] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Fuzz/Corpus/\(name).gz")
        var bytes = try Gzip.expand(ByteBuffer(bytes: try Data(contentsOf: file)), limit: 256 << 20)
        var result: [ByteBuffer] = []
        while let input = bytes.readLengthPrefixedSlice(as: UInt32.self) { result.append(input) }
        return result
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func theCorpusIsSurvived(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let inputs = try Self.inputs(name)
        #expect(inputs.count >= 10, "the corpus of \(name) is missing")
        for input in inputs { target.run(input) }
    }
}
