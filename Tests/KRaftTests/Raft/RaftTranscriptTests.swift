import Foundation
import TestSupport
import Testing

@testable import KRaft

struct RaftTranscriptTests {
    static let files = Transcript.files(beside: URL(fileURLWithPath: #filePath).deletingLastPathComponent().path)

    @Test(arguments: files) func transcript(_ file: URL) throws {
        var transcript = RaftTranscript()
        #expect(try Transcript.difference(file) { try transcript.perform($0.line) } == nil)
    }
}
