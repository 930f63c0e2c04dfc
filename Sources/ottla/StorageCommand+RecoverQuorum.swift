import ArgumentParser
import Broker
import Logging

extension Storage {
    struct RecoverQuorum: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "recover-quorum",
            abstract:
                "Make a controller that is left the only voter, when most voters of the metadata quorum are lost for good.",
            discussion: """
                For the case that the disks of so many voters are gone that the others are no majority. As long as one of them can be started
                again, do that instead. Metadata that only the lost voters had is lost: topics, settings and leaders of partitions may be older than clients were told.

                Without --execute nothing is changed: it says what the metadata log holds, what may be lost, and what there is to do afterwards. Ask
                this of all controllers that are left, and recover the one whose log is the longest of the newest epoch. The node must not run, and no other
                voter may be started with its disk ever again.

                With kraft.version 0 the configuration names the voters: change controller.quorum.voters on every node, and run this on each.
                """
        )

        @OptionGroup var directories: Directories

        @Flag(help: "Do it. Without this, only say what would be done.")
        var execute = false

        func run() throws {
            try reportingStorage {
                let quiet = Logger(label: "ottla") { _ in SwiftLogNoOpLogHandler() }
                let recoverer = QuorumRecoverer(try directories.brokerConfig(), logger: quiet)
                let plan = execute ? try recoverer.execute() : try recoverer.plan()
                if execute { try FileOwners.giveToOwner(of: plan.path) }
                for line in QuorumRecoveryText(plan, isDone: execute).lines { say(line) }
            }
        }
    }
}

/// A recovery of the metadata quorum, as the command tells it.
struct QuorumRecoveryText {
    let plan: QuorumRecoverer.Plan
    let isDone: Bool

    init(_ plan: QuorumRecoverer.Plan, isDone: Bool) { (self.plan, self.isDone) = (plan, isDone) }

    var lines: [String] {
        var lines = [
            "\(plan.path): node \(plan.nodeId) of cluster \(plan.clusterId), directory \(plan.directoryId)",
            "  metadata log: from offset \(plan.logStartOffset) to \(plan.logEndOffset), its last record of epoch \(plan.lastEpoch)",
            "  certainly committed: what lies below offset \(plan.committedOffset), the end of the newest snapshot",
            "  kraft.version \(plan.kraftVersion), leader epoch \(plan.leaderEpoch)",
        ]
        for voter in plan.voters {
            lines.append(
                (["  voter \(voter.id)"] + voter.addresses).joined(separator: " ") + (voter.isLost ? ", lost" : "")
            )
        }
        if plan.kraftVersion > 0, !plan.isVoter {
            lines.append("  node \(plan.nodeId) is no voter with this directory: it only followed")
        }
        lines += plan.repairs.map { "  \(isDone ? "repaired" : "to be repaired"): \($0)" }
        lines += ["", step, "", "What may be lost:"] + losses + ["", "What to do next:"]
        if !isDone { lines.append("  - run this again with --execute") }
        lines += afterwards
        return isDone ? lines : lines + ["", "Nothing was changed."]
    }

    private var step: String {
        let tense = isDone ? "Done" : "To be done"
        switch plan.step {
        case .onlyVoter(let epoch):
            return
                "\(tense): a record at offset \(plan.logEndOffset), in epoch \(epoch), makes node \(plan.nodeId) the only voter"
        case .takeConfigured(let voters):
            return "\(tense): the file quorum-state names the voters of controller.quorum.voters: \(list(voters))"
        }
    }

    private var losses: [String] {
        [
            "  - all metadata from offset \(plan.logEndOffset) on, whether the lost voters had acknowledged it or not",
            "  - records from offset \(plan.committedOffset) to \(plan.logEndOffset) may never have been committed; now they count",
        ]
    }

    private var afterwards: [String] {
        let lost = list(plan.lost)
        let never =
            "  - never start the lost voters (\(lost)) with their former disks: they would go on as another quorum of the same cluster"
        switch plan.step {
        case .onlyVoter:
            return [
                "  - stop all other nodes, then start node \(plan.nodeId), then the others: what they have beyond offset \(plan.logEndOffset) is undone",
                never,
                "  - format controllers anew with 'ottla storage format --cluster-id \(plan.clusterId) --no-initial-controllers', start them, and add them with 'ottla quorum add'",
            ]
        case .takeConfigured:
            return [
                "  - stop all other nodes, and do the same on each of them before it is started again",
                never,
                "  - consider kraft.version 1, with which voters can be added and removed: 'ottla cluster features upgrade --feature kraft.version=1'",
            ]
        }
    }

    private func list(_ ids: [Int32]) -> String { ids.map(String.init).joined(separator: ", ") }
}
