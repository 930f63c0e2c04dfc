import ArgumentParser
import KafkaClient

/// `ottla cluster features`.
struct Features: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Show and change the finalized feature levels of the cluster.",
        discussion: """
            EXAMPLES
              ottla cluster features describe
              ottla cluster features upgrade --feature metadata.version=30
              ottla cluster features upgrade --feature kraft.version=1
              ottla cluster features downgrade --feature metadata.version=29 --validate-only
            """,
        subcommands: [Describe.self, Upgrade.self, Downgrade.self]
    )

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the features with their levels.")

        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func run() async throws {
            try await client.withAdmin(controllers.settings) { admin in
                var table = Table("feature", "min", "max", "finalized")
                for (name, levels) in try await admin.describeFeatures().sorted(by: { $0.key < $1.key }) {
                    table.add(
                        .text(name),
                        Value(levels.minLevel),
                        Value(levels.maxLevel),
                        .number(Int64(levels.finalizedLevel ?? 0))
                    )
                }
                table.write(client.output)
            }
        }
    }

    /// What both directions take.
    struct Change: ParsableArguments {
        @Option(
            name: .customLong("feature"),
            help: ArgumentHelp("The new level of a feature; may be repeated.", valueName: "name=level")
        )
        var features: [String]

        @Flag(help: "Validate the request without changing anything.") var validateOnly = false
        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func validate() throws { _ = try featureLevels(features) }

        func run(_ change: FeatureChange) async throws {
            let levels = try featureLevels(features)
            try await client.withAdmin(controllers.settings) { admin in
                try await admin.updateFeatures(levels, change, validateOnly: validateOnly)
                for (name, level) in levels.sorted(by: { $0.key < $1.key }) {
                    client.report(
                        validateOnly ? "\(name) could become \(level)" : "\(name) is \(level)",
                        [
                            "feature": .text(name), "level": Value(level),
                            "result": .text(validateOnly ? "could be changed" : "changed"),
                        ]
                    )
                }
            }
        }
    }

    struct Upgrade: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Upgrade features to higher levels.")

        @OptionGroup var change: Change

        func run() async throws { try await change.run(.upgrade) }
    }

    struct Downgrade: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Downgrade features to lower levels, where no metadata is lost."
        )

        @Flag(help: "Also where metadata is lost, if the cluster supports that.") var unsafe = false
        @OptionGroup var change: Change

        func run() async throws { try await change.run(unsafe ? .unsafeDowngrade : .safeDowngrade) }
    }
}

/// Reads `name=level` texts.
func featureLevels(_ texts: [String]) throws -> [String: Int16] {
    var levels: [String: Int16] = [:]
    for text in texts {
        let (name, value) = try assignment(text)
        guard let level = Int16(value), level >= 0 else {
            throw ValidationError("'\(text)': the level of a feature is a number from 0 on")
        }
        guard levels.updateValue(level, forKey: name) == nil else {
            throw ValidationError("the feature \(name) is given twice")
        }
    }
    return levels
}
