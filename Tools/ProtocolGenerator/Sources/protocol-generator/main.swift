import Foundation

// protocol-generator SCHEMAS SOURCES [--check]
// Writes the Swift of every schema below SOURCES; with --check it only compares and exits 1 on a difference.

let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
let isCheck = CommandLine.arguments.contains("--check")
guard arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: protocol-generator SCHEMAS SOURCES [--check]\n".utf8))
    exit(64)
}
let schemas = URL(fileURLWithPath: arguments[arguments.startIndex])
let output = URL(fileURLWithPath: arguments[arguments.startIndex + 1])
let banner = "// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.\n\n"

func read(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

func generate() throws -> [String: String] {
    var files: [String: String] = [:]
    var all: [Message] = []
    func add(_ url: URL, as name: String) throws {
        var parser = Parser(file: url.lastPathComponent, text: try read(url))
        let messages = try parser.messages()
        all += messages
        var text = banner + "import NIOCore\n"
        for message in messages {
            var emitter = Emitter(message)
            text += "\n" + emitter.emit()
        }
        files[name] = text
    }
    let folder = schemas.appendingPathComponent("messages")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where name.hasSuffix(".txt") {
        try add(
            folder.appendingPathComponent(name),
            as: name.replacingOccurrences(of: "-", with: "_").replacingOccurrences(of: ".txt", with: ".swift")
        )
    }
    for (file, name) in [
        ("headers.txt", "Headers.swift"), ("control-records.txt", "ControlRecords.swift"),
        ("coordinator-records.txt", "CoordinatorRecords.swift"), ("metadata-records.txt", "MetadataRecords.swift"),
        ("quorum-and-storage-records.txt", "QuorumAndStorageRecords.swift"),
    ] {
        try add(schemas.appendingPathComponent(file), as: name)
    }
    files["ApiKey.swift"] = banner + Tables.apiKeys(all)
    files["MessageCatalog.swift"] = banner + Tables.catalog(all)
    files["ErrorCodes.swift"] = banner + (try Tables.errorCodes(try read(schemas.appendingPathComponent("errors.txt"))))
    return files
}

/// A table of a schema as text that is parsed when it is needed.
func table(_ file: String, of type: String) throws -> String {
    let rows = try read(schemas.appendingPathComponent(file)).split(separator: "\n").filter {
        $0.contains(" | ") || $0.hasPrefix("##")
    }
    return banner + "extension \(type) {\n    static let table = #\"\"\"\n"
        + rows.map { "        " + $0 + "\n" }.joined() + "        \"\"\"#\n}\n"
}

func write(_ files: [String: String], to output: URL, owningFolder: Bool) throws {
    let existing = owningFolder ? (try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? [] : []
    if isCheck {
        var drifted = existing.filter { files[$0] == nil }
        for (name, text) in files where (try? read(output.appendingPathComponent(name))) != text {
            drifted.append(name)
        }
        if !drifted.isEmpty {
            print("schema and code differ: \(drifted.sorted().joined(separator: ", ")); run `make generate`")
            exit(1)
        }
        return
    }
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    for name in existing where files[name] == nil {
        try FileManager.default.removeItem(at: output.appendingPathComponent(name))
    }
    for (name, text) in files { try Data(text.utf8).write(to: output.appendingPathComponent(name)) }
    print("\(files.count) files written to \(output.path)")
}

do {
    try write(try generate(), to: output.appendingPathComponent("KafkaProtocol/Generated"), owningFolder: true)
    try write(
        [
            "ConfigTable.swift": try table("configs.txt", of: "ConfigCatalog"),
            "ConfigDocumentationTable.swift": try table("config-documentation.txt", of: "ConfigDocumentation"),
        ],
        to: output.appendingPathComponent("ClusterMetadata/Configuration"),
        owningFolder: false
    )
} catch {
    FileHandle.standardError.write(Data("protocol-generator: \(error)\n".utf8))
    exit(1)
}
