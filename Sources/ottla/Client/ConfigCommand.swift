import ArgumentParser
import KafkaClient

/// `ottla config`.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and change the configuration of topics, brokers, groups and more.",
        discussion: """
            A resource is topic/NAME, broker/ID, broker (all brokers), group/NAME, broker-logger/ID or client-metrics/NAME.

            EXAMPLES
              ottla config list
              ottla config get topic/orders
              ottla config get broker/1 --all
              ottla config get topic/orders retention.ms --explain
              ottla config set topic/orders retention.ms=3600000
              ottla config unset topic/orders retention.ms
            """,
        subcommands: [List.self, Get.self, Set.self, Unset.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the resources that have configurations.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                var table = Table("resource")
                let resources = try await resources(admin).map(\.argument)
                for resource in resources.sorted() { table.add(.text(resource)) }
                table.write(client.output)
            }
        }

        /// With brokers that don't tell, what every cluster has.
        private func resources(_ admin: Admin) async throws(KafkaError) -> [ConfigResource] {
            do throws(KafkaError) { return try await admin.listConfigResources() } catch {
                if error.code != .unsupported { throw error }
                let brokers = try await admin.describeCluster().brokers.map { ConfigResource.broker($0.id) }
                let topics = try await admin.listTopics(includingInternal: true).map { ConfigResource.topic($0.name) }
                return brokers + topics
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show settings; those that differ from the defaults.")

        @Argument(help: "topic/NAME, broker/ID, broker, group/NAME, broker-logger/ID or client-metrics/NAME.")
        var resource: ConfigResource
        @Argument(help: "Names of settings; all otherwise.") var names: [String] = []
        @Flag(help: "Include settings that have their default.") var all = false
        @Flag(help: "Show the documentation of each setting, and every place that sets it, the one in effect first.")
        var explain = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let entries = try await admin.describeConfig(resource, isDetailed: explain)
                for name in names where !entries.contains(where: { $0.name == name }) {
                    let hint = nearest(to: name, in: entries.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
                    complain("ottla: \(resource) has no setting '\(name)'\(hint)")
                    throw ExitCode(ExitCodes.failed)
                }
                let shown = entries.filter { entry in
                    names.isEmpty ? all || entry.source != .standard : names.contains(entry.name)
                }
                let resourceField: KeyValuePairs<String, Value> = ["resource": .text(resource.argument)]
                var table =
                    explain
                    ? Table("name", "value", "source", "read_only", "places", "purpose", of: resourceField)
                    : Table("name", "value", "source", "read_only", of: resourceField)
                for entry in shown {
                    let name = Value.text(entry.name)
                    let value = entry.isSensitive ? .text("(hidden)") : Value(entry.value)
                    let source = Value.text("\(entry.source)")
                    let isReadOnly = Value.flag(entry.isReadOnly)
                    if explain {
                        table.add(name, value, source, isReadOnly, places(entry), Value(entry.documentation))
                    } else {
                        table.add(name, value, source, isReadOnly)
                    }
                }
                table.write(client.output)
            }
        }

        private func places(_ entry: ConfigEntry) -> Value {
            let places = entry.places.map { "\($0.source):\($0.name)=\($0.value ?? "(hidden)")" }
            return .text(places.joined(separator: " "))
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change settings.")

        @Argument(help: "topic/NAME, broker/ID, broker, group/NAME, broker-logger/ID or client-metrics/NAME.")
        var resource: ConfigResource
        @Argument(help: ArgumentHelp("New values.", valueName: "name=value")) var settings: [String]
        @OptionGroup var client: ClientOptions

        func validate() throws { _ = try ConfigChanges(settings, []) }

        func run() async throws { try await ConfigChanges(settings, []).apply(to: resource, client) }
    }

    struct Unset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reset settings to their defaults.")

        @Argument(help: "topic/NAME, broker/ID, broker, group/NAME, broker-logger/ID or client-metrics/NAME.")
        var resource: ConfigResource
        @Argument(help: "Names of settings.") var names: [String]
        @OptionGroup var client: ClientOptions

        func run() async throws { try await ConfigChanges([], names).apply(to: resource, client) }
    }
}

/// Changes as the command line has them.
struct ConfigChanges {
    private var changes: [String: ConfigChange] = [:]

    init(_ sets: [String], _ unsets: [String]) throws {
        for entry in sets {
            let (name, value) = try assignment(entry)
            changes[name] = .set(value)
        }
        for name in unsets {
            if changes[name] != nil { throw ValidationError("'\(name)' is both set and unset") }
            changes[name] = .unset
        }
        if changes.isEmpty { throw ValidationError("nothing to change was given") }
    }

    func apply(to resource: ConfigResource, _ client: ClientOptions) async throws {
        try await client.withAdmin { admin in
            try await admin.alterConfig(resource, changes)
            let names = changes.keys.sorted()
            client.report(
                "\(resource): \(names.joined(separator: ", ")) changed",
                ["resource": .text(resource.argument), "changed": .list(names.map { .text($0) })]
            )
        }
    }
}

extension ConfigResource: ExpressibleByArgument {
    public init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count == 2 ? parts[1] : nil) {
        case ("topic", let name?) where !name.isEmpty: self = .topic(name)
        case ("group", let name?) where !name.isEmpty: self = .group(name)
        case ("client-metrics", let name?) where !name.isEmpty: self = .clientMetrics(name)
        case ("broker-logger", let id?):
            guard let number = Int32(id) else { return nil }
            self = .brokerLogger(number)
        case ("broker", nil): self = .broker(nil)
        case ("broker", let id?):
            guard let number = Int32(id) else { return nil }
            self = .broker(number)
        default: return nil
        }
    }

    /// As it is written on the command line.
    var argument: String {
        switch self {
        case .topic(let name): "topic/\(name)"
        case .group(let name): "group/\(name)"
        case .clientMetrics(let name): "client-metrics/\(name)"
        case .broker(let id): id.map { "broker/\($0)" } ?? "broker"
        case .brokerLogger(let id): "broker-logger/\(id)"
        }
    }
}
