import ArgumentParser
import Glibc
import KafkaClient
import KafkaProtocol
import LogStorage
import NIOCore

/// What every command that talks to a cluster takes.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Brokers of the cluster, with commas between. Default: OTTLA_BOOTSTRAP, then bootstrap.servers of the profile file, then 127.0.0.1:9092.",
            valueName: "host:port"
        )
    )
    var bootstrap: String?

    @Option(
        help: ArgumentHelp(
            "A file in the syntax of Java properties with client settings. Default: OTTLA_PROFILE, then ~/.config/ottla/client.properties.",
            valueName: "file"
        )
    )
    var profile: String?

    @Option(help: ArgumentHelp("How results are printed: table or json, an object a line.", valueName: "format"))
    var output: OutputFormat = .table

    @Option(help: ArgumentHelp("How long the whole command may wait for the cluster.", valueName: "seconds"))
    var timeout: Int = 30

    func validate() throws {
        if timeout < 1 { throw ValidationError("--timeout is \(timeout); it has to be 1 or more") }
    }

    /// Runs `body` with an admin client; a failure becomes one sentence on standard error and an exit code.
    func withAdmin(_ body: (Admin) async throws -> Void) async throws {
        let admin = Admin(try configuration())
        do {
            try await reporting { try await body(admin) }
        } catch {
            await admin.close()
            throw error
        }
        await admin.close()
    }

    /// Turns a failure of the client into one sentence on standard error and an exit code.
    func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as KafkaError {
            let hint = await hint(error)
            complain("ottla: \(error)\(hint)")
            throw ExitCode(Self.exitCode(error))
        }
    }

    func configuration() throws -> ClientConfiguration {
        let text = try bootstrap ?? Self.environment("OTTLA_BOOTSTRAP") ?? profileValue() ?? "127.0.0.1:9092"
        do {
            var configuration = try ClientConfiguration(bootstrap: text)
            configuration.clientId = "ottla-cli"
            configuration.apiTimeout = .seconds(timeout)
            configuration.requestTimeout = .seconds(timeout)
            configuration.connectTimeout = min(.seconds(timeout), configuration.connectTimeout)
            return configuration
        } catch {
            complain("ottla: \(error)")
            throw ExitCode(ExitCodes.configuration)
        }
    }

    private func profileValue() throws -> String? {
        let named = profile ?? Self.environment("OTTLA_PROFILE")
        guard let path = named ?? Self.environment("HOME").map({ $0 + "/.config/ottla/client.properties" }) else {
            return nil
        }
        let disk = LinuxFileSystem()
        // Only a file that somebody named has to be there.
        if named == nil, !disk.exists(path) { return nil }
        do {
            let size = try disk.size(path)
            guard size < 1 << 20 else { throw ValidationError("\(path) has \(size) bytes; it is no profile") }
            let bytes = try disk.open(path, .read).read(at: 0, count: Int(size))
            return Properties(parsing: String(buffer: bytes))["bootstrap.servers"]
        } catch let error as StorageError {
            complain("ottla: \(error)")
            throw ExitCode(ExitCodes.configuration)
        }
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func exitCode(_ error: KafkaError) -> Int32 {
        switch error.code {
        case .unreachable: ExitCodes.unavailable
        case .invalid: ExitCodes.usage
        default: ExitCodes.failed
        }
    }

    /// What to do next.
    private func hint(_ error: KafkaError) async -> String {
        if error.code == .unreachable {
            return
                "\n  is it running? 'ottla serve' starts a node; --bootstrap or OTTLA_BOOTSTRAP says where the cluster is"
        }
        guard error.serverCode == .unknownTopicOrPartition, error.message.hasSuffix("does not exist"),
            let wanted = error.message.split(separator: "'").dropFirst().first,
            let topics = try? await KafkaClient.withAdmin(
                configuration(),
                { (admin) throws(KafkaError) in
                    try await admin.listTopics(includingInternal: true)
                }
            )
        else { return "" }
        if let near = nearest(to: String(wanted), in: topics.map(\.name)) { return "; did you mean '\(near)'?" }
        return "; 'ottla topic list' shows what there is"
    }
}

/// What scripts can rely on; sysexits.h.
enum ExitCodes {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78
}

/// Reads `name=value`.
func assignment(_ text: String) throws -> (String, String) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ValidationError("'\(text)' is not name=value")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
}
