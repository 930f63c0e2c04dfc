/// Work that waits for its time.
package final class VirtualTimer {
    private let lane: Lane
    private var work: (() -> Void)?

    fileprivate init(_ lane: Lane, _ work: @escaping () -> Void) {
        self.lane = lane
        self.work = work
    }

    package func cancel() { work = nil }

    fileprivate var isCancelled: Bool { work == nil || lane.isOver }

    /// Also when it is due already, it can be cancelled until it runs.
    func fire() {
        lane.add {
            let work = self.work
            self.work = nil
            work?()
        }
    }

    fileprivate func belongs(to process: Process) -> Bool { work != nil && lane.process === process }
}

/// Timers by their time, and of the same time by their age.
struct TimerHeap {
    /// What is compared lies in the heap itself, and nothing that is counted, as entries are moved often.
    private struct Entry {
        let time: Int64
        let number: UInt64
        let slot: Int

        func isBefore(_ other: Entry) -> Bool { time < other.time || time == other.time && number < other.number }
    }

    private var heap: [Entry] = []
    private var timers: [VirtualTimer?] = []
    private var freeSlots: [Int] = []
    private var lastNumber: UInt64 = 0

    mutating func add(_ time: Int64, _ lane: Lane, _ work: @escaping () -> Void) -> VirtualTimer {
        lastNumber += 1
        let timer = VirtualTimer(lane, work)
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            timers[slot] = timer
        } else {
            slot = timers.count
            timers.append(timer)
        }
        heap.append(Entry(time: time, number: lastNumber, slot: slot))
        var place = heap.count - 1
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        return timer
    }

    /// The time of the first that was not cancelled.
    var next: Int64? {
        mutating get {
            while let first = heap.first, let timer = timers[first.slot], timer.isCancelled {
                Unreleased.keep(timer)
                removeFirst()
            }
            return heap.first?.time
        }
    }

    /// How many wait for something that belongs to a process.
    func count(of process: Process) -> Int { timers.count { $0?.belongs(to: process) ?? false } }

    mutating func takeDue(_ now: Int64) -> VirtualTimer? {
        guard let first = heap.first, first.time <= now else { return nil }
        let timer = timers[first.slot]
        removeFirst()
        return timer
    }

    /// There is one.
    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        let slot = heap.removeLast().slot
        timers[slot] = nil
        freeSlots.append(slot)
        var place = 0
        while true {
            var child = 2 * place + 1
            if child >= heap.count { return }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            if !heap[child].isBefore(heap[place]) { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
