import KafkaProtocol

/// A broker's life in the cluster: it registers, reads the metadata until it knows what it has to know, is unfenced and sends heartbeats
/// until it stops, which others take over for before. Requests and timers go out as effects; answers, images and the time come in.
package struct BrokerLife: Sendable {
    package struct Settings: Equatable, Sendable {
        /// `broker.heartbeat.interval.ms`.
        package var heartbeatMillis: Int64
        /// `initial.broker.registration.timeout.ms`.
        package var registrationMillis: Int64
        /// A request without an answer is made again after this time.
        package var answerMillis: Int64 = 4000
        /// How long a stop waits for the controller when it says nothing, and when it does.
        package var silentStopMillis: Int64 = 5000
        package var stopMillis: Int64 = 30_000

        package init(heartbeatMillis: Int64 = 2000, registrationMillis: Int64 = 60_000) {
            self.heartbeatMillis = max(1, heartbeatMillis)
            self.registrationMillis = registrationMillis
        }
    }

    package enum Phase: Equatable, Sendable {
        case starting
        case registering
        /// Registered, and not to lead yet, or no longer.
        case fenced
        case running
        case stopping
        case over
    }

    package private(set) var phase = Phase.starting
    /// -1 until registered.
    package private(set) var epoch: Int64 = -1
    /// When the last request left that the controller took without fencing the broker: its session is counted from there on at the earliest.
    /// Never before the registration.
    package private(set) var confirmedAt = MonotonicTime.never
    private let settings: Settings
    private var registration: BrokerRegistrationRequest

    // What is known.
    private var offset: Int64 = -1
    private var known: BrokerImage?
    private var hasOthers = false
    private var serves = false
    /// The last epoch in which the broker was unfenced.
    private var unfencedEpoch: Int64 = -1
    private var offline: [KafkaUUID] = []

    // What is under way.
    private var number = 0
    private var awaited: (number: Int, since: MonotonicTime)?
    private var nextAt = MonotonicTime.never
    /// Something has changed that the controller did not hear of with the request that is under way.
    private var hasNews = false
    private var failures = 0
    private var toldOfDuplicate = false
    private var beganAt = MonotonicTime.never
    private var heardAt = MonotonicTime.never

    package init(registration: BrokerRegistrationRequest, settings: Settings) {
        self.registration = registration
        self.settings = settings
    }

    private static let retryMillis: Int64 = 50
    private static let longestRetryMillis: Int64 = 1000
    private static let lookAgainMillis: Int64 = 100

    // MARK: Events

    package mutating func start(now: MonotonicTime) -> [BrokerLifeEffect] {
        guard phase == .starting else { return [] }
        (phase, beganAt) = (.registering, now)
        return [send(now)]
    }

    /// The node can serve what it leads.
    package mutating func serves(now: MonotonicTime) -> [BrokerLifeEffect] {
        serves = true
        return phase == .fenced ? speak(now) : []
    }

    /// A new image is published, up to `offset`.
    ///
    /// - Parameters:
    ///   - broker: this one, as it stands there.
    ///   - hasOthers: whether another broker is there that is not fenced.
    package mutating func published(
        _ offset: Int64,
        broker: BrokerImage?,
        hasOthers: Bool,
        now: MonotonicTime
    ) -> [BrokerLifeEffect] {
        // The first image may be told of behind a newer one.
        guard offset >= self.offset else { return [] }
        let wasReady = isReady
        (self.offset, known, self.hasOthers) = (offset, broker, hasOthers)
        switch phase {
        case .starting, .registering, .over: return []
        case .stopping: return speak(now)
        case .fenced, .running:
            if let broker, broker.epoch > epoch, broker.registration.incarnationId != registration.incarnationId {
                return registerAgain(.replaced(epoch: epoch, by: broker.epoch), now)
            }
            if phase == .running { return [] }
            if isUnfencedInImage { return unfenced() }
            return isReady && !wasReady ? speak(now) : []
        }
    }

    /// The controller hears of it at once.
    package mutating func directoryFailed(_ id: KafkaUUID, now: MonotonicTime) -> [BrokerLifeEffect] {
        guard !offline.contains(id) else { return [] }
        offline.append(id)
        switch phase {
        case .starting, .registering, .over: return []
        case .fenced, .running, .stopping: return [send(now)]
        }
    }

    package mutating func stop(now: MonotonicTime) -> [BrokerLifeEffect] {
        switch phase {
        case .over: return [.stopped]
        case .stopping: return []
        case .running where hasOthers:
            (phase, beganAt, heardAt, failures) = (.stopping, now, now, 0)
            return [.note(.shutdownBegan), send(now)]
        case .starting, .registering, .fenced, .running: return end(.stopsAlone)
        }
    }

    package mutating func answered(_ number: Int, _ response: BrokerRegistrationResponse, now: MonotonicTime)
        -> [BrokerLifeEffect]
    {
        guard let asked = awaited, asked.number == number, phase == .registering else { return [] }
        awaited = nil
        switch response.errorCode {
        case .none:
            (epoch, confirmedAt) = (response.brokerEpoch, asked.since)
            (phase, failures, toldOfDuplicate) = (.fenced, 0, false)
            // The next registration follows on this one: nothing is lost in between.
            registration.previousBrokerEpoch = epoch
            nextAt = now.adding(milliseconds: settings.heartbeatMillis)
            let first: [BrokerLifeEffect] = [
                .registered(epoch: epoch),
                .note(.registered(epoch: epoch, afterMillis: now.milliseconds(since: beganAt))),
            ]
            return first + (isUnfencedInImage ? unfenced() : isReady || !offline.isEmpty ? [send(now)] : [])
        case .inconsistentClusterId, .invalidRegistration, .unsupportedVersion:
            return refused(Self.refusal(response.errorCode, registration))
        case .duplicateBrokerRegistration:
            nextAt = now.adding(milliseconds: Self.longestRetryMillis)
            defer { toldOfDuplicate = true }
            return toldOfDuplicate ? [] : [.note(.duplicate(registration.brokerId))]
        default:
            retry(now)
            return giveUp(response.errorCode, now)
        }
    }

    package mutating func answered(_ number: Int, _ response: BrokerHeartbeatResponse, now: MonotonicTime)
        -> [BrokerLifeEffect]
    {
        guard let asked = awaited, asked.number == number else { return [] }
        awaited = nil
        heardAt = now
        switch response.errorCode {
        case .none:
            failures = 0
            // Whoever is fenced may have successors, until it has read what became of what it led.
            if !response.isFenced { confirmedAt = asked.since }
        case .staleBrokerEpoch, .brokerIdNotRegistered:
            // Nobody counts on this process any more.
            if phase == .stopping { return end(.shutdownEnded(afterMillis: now.milliseconds(since: beganAt))) }
            return registerAgain(.registersAgain(epoch: epoch, response.errorCode), now)
        default:
            if response.errorCode == .notController, phase == .stopping { heardAt = .never }
            retry(now)
            return []
        }
        nextAt = now.adding(milliseconds: settings.heartbeatMillis)
        var effects: [BrokerLifeEffect] = []
        switch phase {
        case .starting, .registering, .over: return []
        case .fenced:
            if !response.isFenced {
                effects = unfenced()
            } else if isReady {
                // It knows better than this broker what has to be read before.
                nextAt = now.adding(milliseconds: min(Self.lookAgainMillis, settings.heartbeatMillis))
            }
        case .running:
            if response.isFenced {
                phase = .fenced
                effects = [.note(.fenced(epoch: epoch))]
                nextAt = now.adding(milliseconds: min(Self.lookAgainMillis, settings.heartbeatMillis))
            }
        case .stopping:
            if response.shouldShutDown {
                return end(.shutdownEnded(afterMillis: now.milliseconds(since: beganAt)))
            }
            nextAt = now.adding(milliseconds: min(Self.lookAgainMillis, settings.heartbeatMillis))
        }
        return effects + (hasNews ? [send(now)] : [])
    }

    // MARK: Time

    /// When `tick` has something to do.
    package var deadline: MonotonicTime {
        var result = awaited.map { $0.since.adding(milliseconds: settings.answerMillis) } ?? nextAt
        if phase == .stopping { result = min(result, stopsAt) }
        if phase == .registering, epoch < 0 { result = min(result, givesUpAt) }
        return phase == .starting || phase == .over ? .never : result
    }

    private var givesUpAt: MonotonicTime { beganAt.adding(milliseconds: settings.registrationMillis) }

    private var stopsAt: MonotonicTime {
        let silent = heardAt == .never ? beganAt : heardAt
        return min(
            silent.adding(milliseconds: settings.silentStopMillis),
            beganAt.adding(milliseconds: settings.stopMillis)
        )
    }

    package mutating func tick(now: MonotonicTime) -> [BrokerLifeEffect] {
        if phase == .starting || phase == .over { return [] }
        if phase == .stopping, stopsAt <= now {
            return end(.shutdownGivenUp(afterMillis: now.milliseconds(since: beganAt)))
        }
        if phase == .registering, epoch < 0, givesUpAt <= now { return giveUp(nil, now) }
        if let awaited {
            guard awaited.since.adding(milliseconds: settings.answerMillis) <= now else { return [] }
            // Whoever had the request does not answer; the next one goes to whoever leads now.
            self.awaited = nil
            return [send(now)]
        }
        return nextAt <= now ? [send(now)] : []
    }

    // MARK: Steps

    private var isReady: Bool { serves && epoch >= 0 && offset >= epoch }

    /// Only of an epoch in which it was not unfenced yet: after that the controller's answers are newer than the image.
    private var isUnfencedInImage: Bool {
        unfencedEpoch != epoch && known.map { $0.epoch == epoch && !$0.isFenced } ?? false
    }

    /// Speaks at once, or as soon as the answer is there that is waited for.
    private mutating func speak(_ now: MonotonicTime) -> [BrokerLifeEffect] {
        if awaited == nil { return [send(now)] }
        hasNews = true
        return []
    }

    private mutating func send(_ now: MonotonicTime) -> BrokerLifeEffect {
        number += 1
        awaited = (number, now)
        (nextAt, hasNews) = (.never, false)
        if phase == .registering {
            var request = registration
            request.logDirs.removeAll { offline.contains($0) }
            return .register(request, number: number)
        }
        var request = BrokerHeartbeatRequest()
        (request.brokerId, request.brokerEpoch) = (registration.brokerId, epoch)
        request.currentMetadataOffset = offset
        request.wantFence = phase == .fenced && !isReady
        request.wantShutDown = phase == .stopping
        request.offlineLogDirs = offline
        return .heartbeat(request, number: number)
    }

    private mutating func retry(_ now: MonotonicTime) {
        let delay = min(Self.longestRetryMillis, Self.retryMillis << min(failures, 10))
        failures += 1
        nextAt = now.adding(milliseconds: min(delay, phase == .registering ? delay : settings.heartbeatMillis))
    }

    private mutating func unfenced() -> [BrokerLifeEffect] {
        phase = .running
        defer { unfencedEpoch = epoch }
        return (unfencedEpoch >= 0 ? [] : [.unfenced]) + [.note(.unfenced(epoch: epoch, metadataOffset: offset))]
    }

    private mutating func registerAgain(_ note: BrokerLifeNote, _ now: MonotonicTime) -> [BrokerLifeEffect] {
        (phase, beganAt) = (.registering, now)
        return [.note(note), send(now)]
    }

    private mutating func end(_ note: BrokerLifeNote) -> [BrokerLifeEffect] {
        (phase, awaited) = (.over, nil)
        return [.note(note), .stopped]
    }

    // MARK: Refusals

    private mutating func refused(_ sentence: String) -> [BrokerLifeEffect] {
        (phase, awaited) = (.over, nil)
        return [.refused(sentence)]
    }

    /// A node that nobody takes for so long does not wait for ever.
    private mutating func giveUp(_ code: ErrorCode?, _ now: MonotonicTime) -> [BrokerLifeEffect] {
        guard epoch < 0, givesUpAt <= now else { return [] }
        if toldOfDuplicate {
            return refused(
                "another process is broker \(registration.brokerId), and no controller took this one for \(settings.registrationMillis) ms: "
                    + "stop the other one, or give this one a node.id and log directories of its own"
            )
        }
        let answer = code.map { "the last answer was \($0)" } ?? "the last one has not answered"
        return refused(
            "no controller took the registration for \(settings.registrationMillis) ms, and \(answer); "
                + "initial.broker.registration.timeout.ms lets the node wait longer"
        )
    }

    private static func refusal(_ code: ErrorCode, _ registration: BrokerRegistrationRequest) -> String {
        let name = "broker \(registration.brokerId)"
        switch code {
        case .inconsistentClusterId:
            return "\(name) belongs to cluster \(registration.clusterId) and the controller to another one: "
                + "controller.quorum.bootstrap.servers or log.dirs is of the wrong cluster"
        case .unsupportedVersion:
            let levels = registration.features.map {
                "\($0.name) \($0.minSupportedVersion) to \($0.maxSupportedVersion)"
            }
            return
                "\(name) does not serve the levels that the cluster has agreed on, but \(levels.joined(separator: ", ")): "
                + "use the version of the others, or lower the levels first with 'ottla cluster features'"
        default:
            return
                "the controller refuses \(name): \(code); its log has the reason; mostly, a log directory is a copy of "
                + "another broker's, with the same directory.id"
        }
    }
}
