import ArgumentParser
import Glibc
import KafkaClient
import KafkaProtocol
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

    @Option(
        name: [.customShort("X"), .customLong("client-setting")],
        help: ArgumentHelp(
            "A client setting by Kafka's name, over the profile's; may be repeated.",
            valueName: "key=value"
        )
    )
    var settings: [String] = []

    @Option(help: ArgumentHelp("How results are printed: table or json, an object a line.", valueName: "format"))
    var output: OutputFormat = .table

    @Option(help: ArgumentHelp("How long the whole command may wait for the cluster.", valueName: "seconds"))
    var timeout: Int = 30

    func validate() throws {
        let longest = Int(Int32.max) / 1000
        if !(1...longest).contains(timeout) {
            throw ValidationError("--timeout is \(timeout); it has to be from 1 to \(longest)")
        }
        _ = try settings.map(assignment)
    }

    /// Runs `body` with an admin client; a failure becomes one sentence on standard error and an exit code.
    ///
    /// - Parameter given: what the command itself says of client settings.
    func withAdmin(_ given: [String: String?] = [:], _ body: (Admin) async throws -> Void) async throws {
        let admin = Admin(try configuration(given))
        do {
            try await reporting { try await body(admin) }
        } catch {
            await admin.close()
            throw error
        }
        await admin.close()
    }

    /// Turns a failure of the client into one sentence on standard error and an exit code.
    ///
    /// - Parameter note: what there is to say besides.
    func reporting(note: () -> String = { "" }, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as KafkaError {
            let hint = await hint(error)
            complain("ottla: \(error)\(note())\(hint)")
            throw ExitCode(ExitCodes.code(of: error))
        }
    }

    func configuration(_ given: [String: String?] = [:]) throws -> ClientConfiguration {
        try configured(given) { (properties) throws(KafkaError) in try ClientConfiguration(properties) }
    }

    /// - Parameter given: what the command's own options say; nil leaves it to the profile.
    func producerConfiguration(_ given: [String: String?] = [:]) throws -> ProducerConfiguration {
        var given = given
        // A mistyped name shall not become a topic.
        given["allow.auto.create.topics"] = .some("false")
        return try configured(given, ["delivery.timeout.ms": "\(timeout)000"]) { (properties) throws(KafkaError) in
            try ProducerConfiguration(properties)
        }
    }

    /// Only a command that names a group commits for one: what a profile says is no reason to move a group's offsets.
    func consumerConfiguration(
        group: String? = nil,
        _ given: [String: String?] = [:]
    ) throws -> ConsumerConfiguration {
        let usual = ["partition.assignment.strategy": "cooperative-sticky"]
        var configuration = try configured(given, usual) { (properties) throws(KafkaError) in
            try ConsumerConfiguration(properties)
        }
        configuration.groupId = group
        return configuration
    }

    /// What was done: a sentence, or an object of JSON with `fields`.
    func report(_ sentence: String, _ fields: KeyValuePairs<String, Value>) {
        say(output == .json ? Value.fields(fields.map { ($0.key, $0.value) }).json : sentence)
    }

    /// Settings: those of the command over -X, over the profile's, over what is usual here. Whom to ask is said by one of two keys: where an option
    /// names one of them, the other one of the profile or the environment does not count.
    private func configured<Configuration>(
        _ given: [String: String?] = [:],
        _ usual: [String: String] = [:],
        _ make: (ClientProperties) throws(KafkaError) -> Configuration
    ) throws -> Configuration {
        let (servers, controllers) = ("bootstrap.servers", "bootstrap.controllers")
        var values = usual.merging([
            "client.id": "ottla-cli", "default.api.timeout.ms": "\(timeout)000",
            "request.timeout.ms": "\(timeout)000", "socket.connection.setup.timeout.ms": "\(min(timeout, 10))000",
        ]) { $1 }
        values.merge(try profileValues()) { $1 }
        let asked = given[controllers] ?? nil
        if asked != nil, bootstrap != nil {
            complain("ottla: --bootstrap and --bootstrap-controller exclude one another; give one of them")
            throw ExitCode(ExitCodes.usage)
        }
        if asked != nil { values[servers] = nil }
        if asked == nil, let bootstrap = bootstrap ?? Self.environment("OTTLA_BOOTSTRAP") {
            (values[servers], values[controllers]) = (bootstrap, nil)
        }
        for setting in settings {
            let (key, value) = try assignment(setting)
            values[key] = value
        }
        for (key, value) in given { if let value { values[key] = value } }
        if values[controllers] == nil, values[servers] == nil { values[servers] = "127.0.0.1:9092" }
        for key in values.keys.sorted() where !ClientProperties.keys.contains(key) {
            let near = nearest(to: key, in: ClientProperties.keys)
            complain("ottla: unknown client setting '\(key)'\(near.map { "; did you mean '\($0)'?" } ?? "")")
            throw ExitCode(ExitCodes.configuration)
        }
        do throws(KafkaError) {
            let properties = try ClientProperties(values)
            let configuration = try make(properties)
            // Reads the files that it names.
            try ClientConfiguration(properties).check()
            return configuration
        } catch {
            complain("ottla: \(error)")
            throw ExitCode(ExitCodes.configuration)
        }
    }

    private func profileValues() throws -> [String: String] {
        let named = profile ?? Self.environment("OTTLA_PROFILE")
        guard let path = named ?? Self.environment("HOME").map({ $0 + "/.config/ottla/client.properties" }) else {
            return [:]
        }
        // Only a file that somebody named has to be there.
        if named == nil, access(path, F_OK) != 0 { return [:] }
        do throws(InputFailure) {
            return Dictionary(try propertiesFile(path).map { ($0.key, $0.value) }) { $1 }
        } catch {
            complain("ottla: \(error)")
            throw ExitCode(ExitCodes.configuration)
        }
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
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

/// What commands take that controllers answer, too.
struct ControllerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Controllers of the cluster, with commas between, that are asked themselves instead of brokers: also when no broker runs.",
            valueName: "host:port"
        )
    )
    var bootstrapController: String?

    /// For `ClientOptions.withAdmin`.
    var settings: [String: String?] { ["bootstrap.controllers": bootstrapController] }
}

/// What scripts can rely on; sysexits.h.
enum ExitCodes {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78

    static func code(of error: KafkaError) -> Int32 {
        switch error.code {
        case .unreachable: unavailable
        // Unless a server or a record is to blame, it is the command's arguments that are not possible.
        case .invalid where error.serverCode == nil: usage
        default: failed
        }
    }
}

/// Reads `name=value`.
func assignment(_ text: String) throws -> (String, String) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ValidationError("'\(text)' is not name=value")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
}
