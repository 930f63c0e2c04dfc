/// R2: what a machine has open.
struct Usage: Equatable, CustomStringConvertible {
    var connections = 0
    var files = 0
    /// Of these, those that were deleted.
    var deletedFiles = 0
    var workers = 0
    var timers = 0

    /// What coordinators may have of timers: those for deadlines that have moved away go when their time comes.
    static let coordinatorTimers = 8

    /// - Parameters:
    ///   - fresh: of the same machine, started anew.
    ///   - files: so many more may be open, for reading again what was read before.
    ///   - timers: so many more may be set.
    /// - Returns: what was not given back.
    func leaks(comparedTo fresh: Usage, files allowed: Int, timers late: Int = 0) -> [String] {
        var found: [String] = []
        func compare(_ what: String, _ now: Int, _ then: Int) {
            if now > then { found.append("\(now) \(what) are left, and there should be \(then)") }
        }
        compare("connections", connections, fresh.connections)
        compare("open files", files, fresh.files + allowed)
        compare("deleted files", deletedFiles, 0)
        compare("workers", workers, fresh.workers)
        compare("timers", timers, fresh.timers + late)
        return found
    }

    var description: String {
        "connections \(connections), files \(files), deleted \(deletedFiles), workers \(workers), timers \(timers)"
    }
}
