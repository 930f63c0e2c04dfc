import Glibc
import NIOCore
import World

/// The wires between simulated machines: they take time, are cut and healed, and connections break in the ways in which TCP's do.
/// Sendable: only the thread of the scheduler touches it.
package final class Fabric: @unchecked Sendable {
    /// The order of two machines does not matter.
    package struct Link: Hashable {
        let first: String
        let second: String

        package init(_ one: String, _ other: String) {
            (first, second) = one < other ? (one, other) : (other, one)
        }

        var directions: [Direction] { [Direction(from: first, to: second), Direction(from: second, to: first)] }
    }

    /// From one machine to another.
    package struct Direction: Hashable {
        let from: String
        let to: String

        package init(from: String, to: String) { (self.from, self.to) = (from, to) }
    }

    struct Port: Hashable {
        var machine: String
        var number: Int
    }

    private static let resendNanoseconds: Int64 = 200_000_000

    let scheduler: Scheduler
    /// Bytes that may be on their way, or wait to be read, in each direction of a connection.
    let window = 64 << 10
    package var latency: ClosedRange<Int64> = 50_000...400_000
    /// Some fault makes everything take longer.
    var isSlow = false
    /// How often what is written arrives in two pieces.
    package var splits = 0.2
    private var cuts: Set<Direction> = []
    /// What waits for a direction to heal, in order.
    private var held: [(direction: Direction, from: VirtualChannel, work: () -> Void)] = []
    /// When links were whole again.
    private var healed: [Link: Int64] = [:]
    /// Machines whose clients take so long until they read what has come.
    private var slowReaders: [String: Int64] = [:]
    private var listeners: [Port: VirtualListener] = [:]
    /// Machines without power: they don't even refuse.
    private var dark: Set<String> = []
    private var channels: [VirtualChannel] = []
    private var lastPort = 40_000

    package init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func newPort() -> Int {
        lastPort += 1
        return lastPort
    }

    // MARK: Listeners

    /// - Throws: when the port is taken.
    func listen(_ listener: VirtualListener, at port: Port) throws(ListenError) {
        if let known = listeners[port], !known.process.isOver { throw ListenError(.refused, "Address already in use") }
        listeners[port] = listener
    }

    func unlisten(_ listener: VirtualListener, at port: Port) {
        if listeners[port] === listener { listeners[port] = nil }
    }

    /// What answers at a port; nil refuses.
    func listener(at port: Port) -> VirtualListener? {
        listeners[port].flatMap { $0.process.isOver ? nil : $0 }
    }

    func isReachable(_ machine: String, from other: String) -> Bool {
        !dark.contains(machine) && !cuts.contains(Direction(from: other, to: machine))
            && !cuts.contains(Direction(from: machine, to: other))
    }

    /// Whether bytes go in both directions.
    func areConnected(_ one: String, _ other: String) -> Bool {
        !Link(one, other).directions.contains(where: cuts.contains)
    }

    func add(_ channel: VirtualChannel) {
        if channels.count > 64 { channels.removeAll { !$0.isOpen || $0.isForgotten } }
        channels.append(channel)
    }

    // MARK: Bytes

    /// Brings something from one end of a connection to the other, behind what was sent before. A cut holds it up until it is healed.
    func carry(_ from: VirtualChannel, _ to: VirtualChannel, _ work: @escaping () -> Void) {
        let direction = Direction(from: from.process.machine, to: to.process.machine)
        if !isWhole(from, to) { awaitAcknowledgement(from, to) }
        if from.isSevered { return }
        if cuts.contains(direction) { return held.append((direction, from, { self.carry(from, to, work) })) }
        from.lastArrival = max(from.lastArrival, scheduler.now + scheduler.draw(latency))
        scheduler.at(from.lastArrival, on: scheduler.outsideLane) { [self] in
            if to.isSevered { return }
            // It is sent again until somebody takes it, or says that nobody will.
            if dark.contains(to.process.machine) {
                scheduler.after(nanoseconds: Self.resendNanoseconds) { [self] in carry(from, to, work) }
                return
            }
            // The machine is up again, and knows nothing of this connection.
            if to.process.isOver { return reset(from) }
            to.loop.lane.add(work)
        }
    }

    private func isWhole(_ from: VirtualChannel, _ to: VirtualChannel?) -> Bool {
        !from.isSevered && to.map { areConnected(from.process.machine, $0.process.machine) } ?? true
    }

    /// Gives a connection up if what was sent is not acknowledged in time. What its machine would have sent again is lost then.
    private func awaitAcknowledgement(_ from: VirtualChannel, _ to: VirtualChannel?) {
        guard let limit = from.unacknowledgedNanoseconds, from.unacknowledgedSince == nil, from.isOpen else { return }
        let since = scheduler.now
        from.unacknowledgedSince = since
        scheduler.at(since + limit, on: from.loop.lane) { [self] in
            from.unacknowledgedSince = nil
            if isWhole(from, to) { return }
            // It was cut again since.
            if !from.isSevered, let to, healed[Link(from.process.machine, to.process.machine)] ?? 0 > since {
                return awaitAcknowledgement(from, to)
            }
            held.removeAll { $0.from === from }
            from.breaks(ETIMEDOUT)
        }
    }

    /// Gives a connection up that stays broken for so long that its machine has asked in vain whether the other one is there.
    private func awaitProbe(_ channel: VirtualChannel) {
        guard let idle = channel.keepIdleNanoseconds, let limit = channel.unacknowledgedNanoseconds, channel.isOpen
        else { return }
        let since = scheduler.now
        scheduler.at(since + idle + limit, on: channel.loop.lane) { [self] in
            if !channel.isOpen || isWhole(channel, channel.peer) { return }
            if !channel.isSevered, let peer = channel.peer,
                healed[Link(channel.process.machine, peer.process.machine)] ?? 0 > since
            {
                return
            }
            held.removeAll { $0.from === channel }
            channel.breaks(ETIMEDOUT)
        }
    }

    func send(_ bytes: ByteBuffer, from: VirtualChannel) {
        guard let to = from.peer else {
            // The other end gave it up, and could not say so.
            if from.isSevered { awaitAcknowledgement(from, nil) }
            return
        }
        scheduler.note(UInt64(bytes.readableBytes))
        var bytes = bytes
        if bytes.readableBytes > 1, scheduler.happens(splits) {
            let count = Int(scheduler.draw(1...Int64(bytes.readableBytes - 1)))
            if let head = bytes.readSlice(length: count) { carry(from, to) { to.arrive(head) } }
        }
        let rest = bytes
        carry(from, to) { to.arrive(rest) }
    }

    func sendEnd(from: VirtualChannel) {
        guard let to = from.peer else { return }
        carry(from, to) { to.arriveEnd() }
    }

    func sendReset(from: VirtualChannel) {
        guard let to = from.peer else { return }
        carry(from, to) { to.arriveReset() }
    }

    private func reset(_ channel: VirtualChannel) { channel.loop.lane.add { channel.arriveReset() } }

    /// The connections that a process has open.
    func connections(of process: Process) -> Int { channels.count { $0.process === process && $0.isOpen } }

    // MARK: Faults

    package func cut(_ direction: Direction) {
        guard cuts.insert(direction).inserted else { return }
        let ends = [direction.from, direction.to]
        for channel in channels where channel.isOpen && ends.contains(channel.process.machine) {
            if let peer = channel.peer, ends.contains(peer.process.machine),
                peer.process.machine != channel.process.machine
            {
                awaitProbe(channel)
            }
        }
    }

    package func heal(_ direction: Direction) {
        cuts.remove(direction)
        healed[Link(direction.from, direction.to)] = scheduler.now
        let freed = held.filter { $0.direction == direction }
        held.removeAll { $0.direction == direction }
        for entry in freed { entry.work() }
    }

    package func cut(_ link: Link) { for direction in link.directions { cut(direction) } }

    package func heal(_ link: Link) { for direction in link.directions { heal(direction) } }

    package func healAll() {
        for direction in cuts.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) { heal(direction) }
        slowReaders = [:]
    }

    /// What comes to a machine is read so much later; 0 is at once.
    package func slowReader(_ machine: String, nanoseconds: Int64) {
        slowReaders[machine] = nanoseconds > 0 ? nanoseconds : nil
    }

    /// What one machine sends another over the connections that there are arrives so much later, as when it is lost and sent again. New ones
    /// are as fast as ever.
    package func holdUp(_ direction: Direction, nanoseconds: Int64) {
        for channel in channels where channel.isOpen && channel.process.machine == direction.from {
            guard channel.peer?.process.machine == direction.to else { continue }
            channel.lastArrival = max(channel.lastArrival, scheduler.now + nanoseconds)
        }
    }

    /// The same, for each connection by a time of its own.
    package func stagger(_ direction: Direction, nanoseconds: ClosedRange<Int64>) {
        for channel in channels where channel.isOpen && channel.process.machine == direction.from {
            guard channel.peer?.process.machine == direction.to else { continue }
            channel.lastArrival = max(channel.lastArrival, scheduler.now + scheduler.draw(nanoseconds))
        }
    }

    func readDelay(of machine: String) -> Int64 { slowReaders.isEmpty ? 0 : slowReaders[machine] ?? 0 }

    private func someConnection() -> (VirtualChannel, VirtualChannel)? {
        let open = channels.filter { $0.isOpen && !$0.process.isOver && $0.peer != nil }
        guard let channel = open.randomElement(using: &scheduler.random), let peer = channel.peer else { return nil }
        return (channel, peer)
    }

    /// Nothing that either end of some connection sends arrives any more, and neither is told: something between them forgot it.
    ///
    /// - Returns: false when there is none.
    package func severSomeConnection() -> Bool {
        guard let (channel, peer) = someConnection() else { return false }
        (channel.isSevered, peer.isSevered) = (true, true)
        for end in [channel, peer] { awaitProbe(end) }
        return true
    }

    /// Both ends of some connection see it reset.
    ///
    /// - Returns: false when there is none.
    package func resetSomeConnection() -> Bool {
        guard let (channel, peer) = someConnection() else { return false }
        reset(channel)
        reset(peer)
        return true
    }

    /// What one machine sends another over some connection from now on arrives later, as when it is lost and sent again; meanwhile the sender is
    /// told that the connection is broken, sends it over another one, and what was late comes behind that.
    ///
    /// - Parameters:
    ///   - isWanted: whether it may be a connection between these machines.
    ///   - breaksAfter: nanoseconds until the sender is told.
    ///   - nanoseconds: how much later it arrives.
    /// - Returns: from where to where; nil when there is none.
    package func parkSomeConnection(
        _ isWanted: (Direction) -> Bool,
        breaksAfter: Int64,
        nanoseconds: Int64
    ) -> Direction? {
        let open = channels.filter { channel in
            guard channel.isOpen, !channel.process.isOver, let peer = channel.peer else { return false }
            return isWanted(Direction(from: channel.process.machine, to: peer.process.machine))
        }
        guard let channel = open.randomElement(using: &scheduler.random), let peer = channel.peer else { return nil }
        channel.lastArrival = max(channel.lastArrival, scheduler.now + nanoseconds)
        scheduler.after(nanoseconds: breaksAfter) { [self] in
            if !channel.isOpen { return }
            carry(channel, peer) { peer.arriveReset() }
            reset(channel)
        }
        return Direction(from: channel.process.machine, to: peer.process.machine)
    }

    /// A process died: its machine closes its connections and ports.
    package func processEnded(_ process: Process) {
        for channel in channels where channel.process === process {
            if let peer = channel.peer { carry(channel, peer) { peer.arriveReset() } }
            channel.isForgotten = true
        }
        closePorts(of: process)
    }

    private func closePorts(of process: Process) {
        // Listeners that are released here look into the table: not before it is whole again.
        let before = listeners
        listeners = before.filter { $0.value.process !== process }
        withExtendedLifetime(before) {}
    }

    /// A machine lost power: nobody is told.
    package func powerLost(_ process: Process) {
        dark.insert(process.machine)
        for channel in channels where channel.process === process { channel.isForgotten = true }
        closePorts(of: process)
    }

    package func powerReturned(_ machine: String) { dark.remove(machine) }
}
