import World

/// Lets a node's disk fail while it is used.
/// Sendable: only the thread of the scheduler touches it.
final class DiskNemesis: @unchecked Sendable {
    private let run: Run
    private let later: (ClosedRange<Int64>, @escaping () -> Void) -> Void

    /// - Parameter later: does something after so many seconds, unless the faults are over by then.
    init(_ run: Run, later: @escaping (ClosedRange<Int64>, @escaping () -> Void) -> Void) {
        self.run = run
        self.later = later
    }

    func strike(_ node: SimulatedNode) {
        switch run.scheduler.draw(0...8) {
        case 0: fail(node, ["write"], errno: 5, "fails a write")
        case 1: fail(node, ["read"], errno: 5, "fails a read")
        case 2: failSyncs(node)
        case 3: shortWrite(node)
        case 4: refuseSpace(node)
        case 5: failStart(node)
        case 6: slowCalls(node)
        case 7: hang(node)
        default: fill(node)
        }
    }

    private static let eio: Int32 = 5
    private static let enospc: Int32 = 28

    /// Files of one kind, or all.
    private func someFiles() -> String {
        let kinds = [
            "", "", ".log", ".index", ".timeindex", ".snapshot", "checkpoint", "__cluster_metadata-0",
            "__consumer_offsets",
        ]
        return kinds[Int(run.scheduler.draw(0...Int64(kinds.count - 1)))]
    }

    /// So many times, with this probability each time; sendable for the plan, which the scheduler's thread asks.
    /// Sendable: only the thread of the scheduler touches it.
    private final class Chance: @unchecked Sendable {
        private let scheduler: Scheduler
        private let probability: Double
        private var left: Int

        init(_ scheduler: Scheduler, times: Int64, _ probability: Double) {
            (self.scheduler, left, self.probability) = (scheduler, Int(times), probability)
        }

        func comes() -> Bool {
            if left == 0 || !scheduler.happens(probability) { return false }
            left -= 1
            return true
        }
    }

    private func plan(
        _ operations: [String],
        _ files: String,
        times: Int64,
        _ probability: Double,
        _ verdict: MemoryFileSystem.Verdict
    ) -> MemoryFileSystem.Plan {
        let chance = Chance(run.scheduler, times: times, probability)
        return { _, operation, path in
            operations.contains(operation) && (files.isEmpty || path.contains(files)) && chance.comes()
                ? verdict : .proceed
        }
    }

    private func heal(_ node: SimulatedNode, after seconds: ClosedRange<Int64>) {
        later(seconds) { node.endDiskPlan() }
    }

    private func fail(_ node: SimulatedNode, _ operations: [String], errno: Int32, _ what: String) {
        let files = someFiles()
        run.timeline.log(node.name, "its disk \(what) of \(files.isEmpty ? "any file" : files)")
        node.setDiskPlan(plan(operations, files, times: run.scheduler.draw(1...3), 0.5, .fail(errno: errno)))
        heal(node, after: 2...10)
    }

    /// What a failed sync was to write is gone with the cache; so only where answers promise more than the cache.
    private func failSyncs(_ node: SimulatedNode) {
        guard run.options.flushesBeforeAck else { return fill(node) }
        let times: Int64 = run.scheduler.happens(0.5) ? 1 : 1000
        run.timeline.log(node.name, "its disk fails \(times == 1 ? "a sync" : "all syncs")")
        node.setDiskPlan(plan(["sync"], someFiles(), times: times, 1, .fail(errno: Self.eio)))
        heal(node, after: 2...10)
    }

    private func shortWrite(_ node: SimulatedNode) {
        run.timeline.log(node.name, "its disk writes half and fails")
        let code = run.scheduler.happens(0.5) ? Self.eio : Self.enospc
        node.setDiskPlan(plan(["write"], someFiles(), times: 1, 0.5, .partial(errno: code)))
        heal(node, after: 2...10)
    }

    /// At any call that wants some.
    private func refuseSpace(_ node: SimulatedNode) {
        run.timeline.log(node.name, "its disk has no space now and then")
        let calls = ["create", "rename", "write", "truncate"]
        node.setDiskPlan(plan(calls, someFiles(), times: run.scheduler.draw(1...20), 0.3, .fail(errno: Self.enospc)))
        heal(node, after: 1...10)
    }

    /// The node ends, and its start meets the fault.
    private func failStart(_ node: SimulatedNode) {
        let operations = [["read"], ["write"], ["open"], ["rename"], ["list"]][Int(run.scheduler.draw(0...4))]
        run.timeline.log(node.name, "its disk will fail a \(operations[0]) when it starts")
        let chance = 0.02 + Double(run.scheduler.draw(0...20)) / 100
        node.setNextDiskPlan(plan(operations, someFiles(), times: 1, chance, .fail(errno: Self.eio)))
        node.kill()
        later(0...2) { node.start() }
        heal(node, after: 5...10)
    }

    private func slowCalls(_ node: SimulatedNode) {
        let millis = UInt32(run.scheduler.draw(60...3000))
        run.timeline.log(node.name, "some calls of its disk take \(millis) ms")
        let times = run.scheduler.draw(1...8)
        node.setDiskPlan(plan(["read", "write", "sync", "open"], "", times: times, 0.2, .slow(millis: millis)))
        heal(node, after: 1...10)
    }

    static let longestHangNanos: Int64 = 31_000_000_000

    private func hang(_ node: SimulatedNode) {
        let seconds = run.scheduler.draw(3...30)
        run.timeline.log(node.name, "its disk hangs for \(seconds) s")
        node.delayWork(by: seconds * 1_000_000_000)
        guard run.isReplicated else { return }
        // What it takes so long for may begin somewhat later.
        node.setDiskPlan { _, _, _ in .proceed }
        run.scheduler.after(nanoseconds: 2 * seconds * 1_000_000_000) { node.endDiskPlan() }
    }

    private func fill(_ node: SimulatedNode) {
        run.timeline.log(node.name, "has a full disk")
        node.setDiskCapacity(1)
        later(1...10) { [run] in
            run.timeline.log(node.name, "has space on its disk")
            node.setDiskCapacity(.max)
        }
    }
}
