import ArgumentParser
import Broker
import Glibc
import LogStorage

/// What of a node's configuration and directories lets it become one of the other program, or not.
struct NodeChecks {
    private let path: String
    private let to: Migrate.Program
    private let values: [String: String]
    private let outcome: Result<BrokerConfig, ConfigurationError>

    /// - Throws: `ConfigurationError` for a file that cannot be read.
    init(path: String, to: Migrate.Program) throws {
        self.path = path
        self.to = to
        do { values = try NodeSettings.values(config: path, settings: [], data: nil) } catch let error
            as ConfigurationError
        {
            complain("ottla: \(error)")
            throw ExitCode(ExitCodes.configuration)
        }
        do throws(ConfigurationError) { outcome = .success(try BrokerConfig(values)) } catch {
            outcome = .failure(error)
        }
    }

    /// nil where the file does not say it.
    var role: Migrate.Role? {
        let roles = Set((values["process.roles"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
        switch (roles.contains("broker"), roles.contains("controller")) {
        case (true, true): return .both
        case (false, true): return .controller
        case (true, false): return .broker
        case (false, false): return nil
        }
    }

    var ofConfiguration: [Finding] {
        if to == .kafka {
            let own = values.keys.filter { $0.hasPrefix("ottla.") || $0 == "metrics.listener" }.sorted()
            return [
                own.isEmpty
                    ? .ok("configuration", "\(path) has no key that only Ottla knows")
                    : .warning("configuration", "Kafka ignores \(few(own))")
            ]
        }
        switch outcome {
        case .failure(let error): return [.blocked("configuration", "\(path): \(error)", "change \(path)")]
        case .success(let config):
            if config.withoutEffect.isEmpty { return [.ok("configuration", "all keys of \(path) have an effect")] }
            return [
                .warning(
                    "configuration",
                    "without an effect in this version: \(few(config.withoutEffect, 20))"
                )
            ]
        }
    }

    func ofDirectories(clusterId: String?) -> [Finding] {
        guard case .success(let config) = outcome else { return [] }
        return config.logDirs.map { directory in
            let check = "directory"
            do {
                guard let meta = try StorageInspection(path: directory).meta else {
                    return .blocked(
                        check,
                        "\(directory) is not formatted",
                        "name the directories that the node has now"
                    )
                }
                if let clusterId, meta.clusterId != clusterId {
                    return .blocked(
                        check,
                        "\(directory) belongs to cluster \(meta.clusterId), and this is \(clusterId)"
                    )
                }
                if let id = config.nodeId, id != meta.nodeId {
                    return .blocked(check, "\(directory) belongs to node \(meta.nodeId), and node.id is \(id)")
                }
                if access(directory, R_OK | W_OK | X_OK) != 0 {
                    return .warning(
                        check,
                        "\(directory): this user may not write there",
                        "run the node as the owner of the directory"
                    )
                }
                return .ok(check, "\(directory) is of node \(meta.nodeId), directory.id \(meta.directoryId)")
            } catch {
                return .blocked(check, "\(error)")
            }
        }
    }
}
