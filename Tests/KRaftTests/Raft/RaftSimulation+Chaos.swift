import KafkaProtocol
import TestSupport

@testable import KRaft

/// What goes wrong, what clients do meanwhile, and how it must end.
extension RaftSimulation {
    /// - Returns: what is wrong; nil: nothing.
    func play() -> String? {
        let end = plan.chaosMillis * 1_000_000
        var nextFault = Int64(300_000_000)
        while now < end, violation == nil {
            run(until: min(end, now + 20_000_000))
            if random.next(below: 2) == 0 { propose() }
            guard now >= nextFault else { continue }
            nextFault = now + Int64(random.next(below: Int(plan.faultMillis) * 2)) * 1_000_000
            disturb()
        }
        if violation == nil { heal() }
        return violation.map { "seed \(seed): \($0)" }
    }

    private var pick: Int { random.next(below: nodes.count) }

    private func disturb() {
        let common = 16
        if plan.joins, random.next(below: 8) == 0 { return replaceDisk() }
        switch random.next(below: plan.flavor == .mixed ? common : 2 * common) {
        case common...: disturbMore()
        case 0, 1: crashOne()
        case 2: cutOff(pick)
        case 3: for _ in 0..<(1 + random.next(below: 4)) { cuts.insert(pick * 64 + pick) }
        case 4, 5, 6: cuts.removeAll()
        case 7: loss = random.next(below: 30)
        case 8: loss = 0
        case 9:
            let paused = pick
            nodes[paused].pausedUntil = now + Int64(random.next(below: 5000)) * 1_000_000
            note("pause \(paused)")
        case 10: nodes[pick].diskMillis = [1, 2, 50, 400][random.next(below: 4)]
        case 11: slowness = [2, 5, 100, 400][random.next(below: 4)]
        case 12, 13: snapshot(pick)
        case 14: if plan.isDynamic { changeVoters() } else { shutDownLeader() }
        default: if plan.isDynamic { changeVoters() } else { crashLeader() }
        }
    }

    /// What the flavor is about.
    private func disturbMore() {
        switch plan.flavor {
        case .mixed: break
        case .powerCuts:
            for node in nodes { node.diskMillis = [1, 30, 200][random.next(below: 3)] }
            cutPower(of: random.next(below: 3) == 0 ? nodes.count : 1)
        case .contention:
            slowness = [20, 60, 100][random.next(below: 3)]
            crashLeader()
        case .voterChanges:
            if random.next(below: 3) == 0 { cutOff(pick) } else { for _ in 0..<3 { changeVoters() } }
        case .smallSteps:
            slowness = 10
            cutOff(pick)
        }
    }

    private func cutPower(of count: Int) {
        let first = pick
        for place in 0..<count {
            let index = (first + place) % nodes.count
            crash(index)
            schedule(index, in: Int64(1 + random.next(below: 60)) * 1_000_000, .restart)
        }
    }

    private func crashOne() { bringDown(pick) }

    private func crashLeader() {
        guard let index = nodes.firstIndex(where: { $0.replica?.isLeader == true }) else { return }
        bringDown(index)
    }

    func bringDown(_ index: Int) {
        crash(index)
        let longest = plan.flavor == .smallSteps ? 300 : 2000
        schedule(index, in: Int64(10 + random.next(below: longest)) * 1_000_000, .restart)
    }

    private func shutDownLeader() {
        guard let index = nodes.firstIndex(where: { $0.replica?.isLeader == true }) else { return }
        if nodes[index].pausedUntil <= now { handle(index, .shutDown) }
    }

    private func cutOff(_ index: Int) {
        let isOneWay = random.next(below: 3) == 0
        note("cut off \(index)")
        for other in nodes.indices where other != index {
            cuts.insert(index * 64 + other)
            if !isOneWay { cuts.insert(other * 64 + index) }
        }
    }

    func snapshot(_ index: Int) {
        let node = nodes[index]
        guard node.pausedUntil <= now, let replica = node.replica, replica.committed > replica.log.startOffset else {
            return
        }
        let image = node.disk.written
        let place = image.index(of: replica.committed)
        guard place > 0 else { return }
        let last = image.batches[place - 1]
        guard last.nextOffset == replica.committed, node.disk.durable.end >= replica.committed else { return }
        let id = SnapshotId(endOffset: replica.committed, epoch: last.epoch.rawValue)
        let content = replica.voters.content(at: id.endOffset)
        node.disk.store(id, .init(kraftVersion: content.kraftVersion, voters: content.voters))
        handle(index, .snapshotStored(id))
    }

    func propose() {
        for index in nodes.indices {
            let node = nodes[index]
            guard node.pausedUntil <= now, let replica = node.replica, replica.isLeader else { continue }
            let token = nextToken
            nextToken += 1
            handle(index, .propose(epoch: replica.election.epoch, count: 1 + random.next(below: 3), token: token))
        }
    }

    private func changeVoters() {
        guard let index = nodes.indices.filter({ nodes[$0].replica?.isLeader == true }).last,
            nodes[index].pausedUntil <= now, let replica = nodes[index].replica
        else { return }
        // Of voters that are lost for good others are not taken out as well: who does that may be left without a majority.
        let other = lostVoter(replica.voters.current) ?? nodes[pick].voter
        let request: RaftRequest =
            if replica.voters.current.contains(other.key) {
                .removeVoter(.init(clusterId: "c", voter: other.key))
            } else {
                .addVoter(.init(clusterId: "c", voter: other, timeoutMillis: 1000, acknowledgesWhenCommitted: true))
            }
        note("\(index): \(request)")
        handle(index, .received(RaftMessage(.connection(1), 1, .request(request))))
    }

    /// One whose disk is gone.
    private func lostVoter(_ set: RaftVoterSet) -> RaftVoter? {
        set.voters.first { nodes[Int($0.key.id.rawValue)].voter.key != $0.key }
    }

    /// One node at a time, so that a majority is left: as long as all agree on voters that there are.
    private func replaceDisk() {
        let sets = nodes.map { $0.replica?.voters }
        guard let known = sets[0]?.current, known.voters.count >= 3, lostVoter(known) == nil,
            zip(nodes, sets).allSatisfy({ node, voters in
                voters?.current == known && voters?.lastChange ?? .max < node.replica?.highWatermark ?? 0
            })
        else { return }
        let index = pick
        note("disk of \(index)")
        crash(index)
        let node = nodes[index]
        node.disk = RaftDiskModel()
        node.disks += 1
        (node.highWatermark, node.committed) = (0, 0)
        disksReplaced += 1
        schedule(index, in: Int64(10 + random.next(below: 2000)) * 1_000_000, .restart)
    }

    // MARK: The end

    /// With everything in order a leader commits on all nodes within a few seconds.
    private func heal() {
        note("healed")
        cuts.removeAll()
        loss = 0
        slowness = 5
        for index in nodes.indices {
            nodes[index].pausedUntil = min(nodes[index].pausedUntil, now)
            nodes[index].diskMillis = 2
            if nodes[index].replica == nil { start(index) }
        }
        let deadline = now + 20_000_000_000
        let before = checker.ledgerEnd
        var target: Int64?
        while now < deadline, violation == nil {
            run(until: now + 100_000_000)
            propose()
            if target == nil, checker.ledgerEnd > before { target = checker.ledgerEnd }
            if let target, nodes.allSatisfy({ $0.committed >= target }), hasJoined { return }
        }
        let states = nodes.map { node in
            "\(node.id) \(node.replica?.roleKind.rawValue ?? "down") epoch \(node.replica?.election.epoch.rawValue ?? -1)"
                + " committed \(node.committed) end \(node.replica?.log.endOffset ?? -1)"
                + " voters \(node.replica?.voters.current ?? RaftVoterSet())"
        }
        checker.require(false, "no progress after healing, target \(target ?? -1): \(states.joined(separator: "; "))")
    }

    /// Whoever is to join votes, with the disk that it has.
    private var hasJoined: Bool {
        let voters = RaftVoterSet(nodes.map(\.voter))
        return !plan.joins || nodes.allSatisfy { $0.replica?.voters.current == voters }
    }
}
