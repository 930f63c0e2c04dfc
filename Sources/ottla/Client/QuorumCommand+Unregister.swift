import ArgumentParser
import KafkaClient

extension Quorum {
    struct Unregister: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the registration of a controller that will not come back.",
            discussion: """
                Controllers register with their addresses and the features that they support, and stay registered when they are removed from
                the voters or stopped. A voter cannot be unregistered: remove it first. Stop the controller before, or it registers again. This takes metadata.version 33
                (4.4-IV2).
                """
        )

        @Argument(help: "The controller's node id.") var id: Int32

        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func run() async throws {
            try await client.withAdmin(controllers.settings) { admin in
                try await admin.unregisterController(id)
                client.report(
                    "controller \(id) is not registered any more",
                    ["node": Value(id), "result": .text("unregistered")]
                )
            }
        }
    }
}
