import KafkaProtocol

extension Controller {
    /// BrokerRegistration: a broker starts. It is fenced until it has caught up, and what another process of it led is led by others.
    ///
    /// - Parameter version: of the request.
    func register(_ request: BrokerRegistrationRequest, version: Int16) -> ControllerResult<BrokerRegistrationResponse>
    {
        var response = BrokerRegistrationResponse()
        let known = image.brokers[request.brokerId]
        if let known, known.registration.incarnationId == request.incarnationId {
            // The answer was lost, and the broker asks again.
            response.brokerEpoch = known.epoch
            return ControllerResult([], response)
        }
        do throws(ControllerFailure) { try check(request, version) } catch {
            response.errorCode = error.code
            return ControllerResult([], response, reason: error.message)
        }
        // The broker says which epoch it had when it stopped in order: another one knows less than was promised (KIP-966).
        let wasClean = known != nil && request.previousBrokerEpoch == known?.epoch
        response.brokerEpoch = nextOffset
        var draft = DecisionDraft(self)
        draft.add(.registerBroker(registrationRecord(request)))
        draft.decisions.append(
            .registered(
                broker: request.brokerId,
                epoch: nextOffset,
                previousEpoch: known?.epoch,
                isClean: wasClean
            )
        )
        if isAloneHere(request.brokerId) {
            draft.serveAlone(request.brokerId, wasClean: wasClean)
        } else if known != nil {
            draft.withdraw(
                request.brokerId,
                .brokerRestarted(request.brokerId, isClean: wasClean),
                isUntrusted: !wasClean
            )
        }
        return draft.result(response)
    }

    /// Whether a broker is the only one, in the process of this controller: it has read what this controller has, and nobody else can lead.
    private func isAloneHere(_ broker: Int32) -> Bool {
        settings.nodeId == broker && !image.brokers.keys.contains { $0 != broker }
    }

    private func check(_ request: BrokerRegistrationRequest, _ version: Int16) throws(ControllerFailure) {
        let name = "broker \(request.brokerId)"
        if let clusterId = settings.clusterId, request.clusterId != clusterId {
            throw ControllerFailure(
                .inconsistentClusterId,
                "\(name) belongs to cluster \(request.clusterId), and this is \(clusterId)"
            )
        }
        if request.brokerId < 0 { throw ControllerFailure(.invalidRegistration, "\(request.brokerId) is no broker id") }
        if request.isMigratingZkBroker {
            throw ControllerFailure(.invalidRegistration, "\(name) is one of ZooKeeper's and cannot join")
        }
        if request.listeners.isEmpty { throw ControllerFailure(.invalidRegistration, "\(name) has no listener") }
        let level = image.metadataVersion ?? .latestStable
        let range = request.features.first { $0.name == MetadataVersion.featureName }
        guard let range,
            (range.minSupportedVersion...max(range.minSupportedVersion, range.maxSupportedVersion)) ~= level.level
        else {
            throw ControllerFailure(.unsupportedVersion, "\(name) does not understand metadata.version \(level)")
        }
        if version >= 2, level.hasDirectories { try checkDirectories(request, name) }
        try checkDuplicate(request, name)
    }

    /// Two processes cannot be one broker. The directories of one that is gone are free for the next one, which need not wait then if it
    /// is reached where that one was: elsewhere, they may be a copy.
    private func checkDuplicate(_ request: BrokerRegistrationRequest, _ name: String) throws(ControllerFailure) {
        guard let known = image.brokers[request.brokerId], !known.isFenced, settings.nodeId != request.brokerId,
            sessions.isAlive(request.brokerId, now: now)
        else { return }
        let hasItsDirectories = !Set(known.registration.logDirs).isDisjoint(with: request.logDirs)
        if hasItsDirectories, Self.isSamePlace(known.registration, request) { return }
        let difference = hasItsDirectories ? "at another address" : "with other log directories"
        throw ControllerFailure(
            .duplicateBrokerRegistration,
            "\(name) is there already, \(difference) and epoch \(known.epoch); its session has not ended"
        )
    }

    /// Whether a broker is reached where it was before.
    private static func isSamePlace(_ known: RegisterBrokerRecord, _ request: BrokerRegistrationRequest) -> Bool {
        let before = Set(known.endPoints.map { "\($0.name) \($0.host) \($0.port)" })
        return before == Set(request.listeners.map { "\($0.name) \($0.host) \($0.port)" })
    }

    private func checkDirectories(_ request: BrokerRegistrationRequest, _ name: String) throws(ControllerFailure) {
        if request.logDirs.isEmpty { throw ControllerFailure(.invalidRegistration, "\(name) has no log directory") }
        if let reserved = request.logDirs.first(where: \.isReservedDirectory) {
            throw ControllerFailure(
                .invalidRegistration,
                "\(name) has a log directory with the reserved id \(reserved)"
            )
        }
        let own = Set(request.logDirs)
        if own.count < request.logDirs.count {
            throw ControllerFailure(.invalidRegistration, "two log directories of \(name) have the same id")
        }
        let others = image.brokers.values.filter { $0.id != request.brokerId }.sorted { $0.id < $1.id }
        if let other = others.first(where: { !own.isDisjoint(with: $0.registration.logDirs) }) {
            throw ControllerFailure(.invalidRegistration, "\(name) has a log directory of broker \(other.id)")
        }
    }

    private func registrationRecord(_ request: BrokerRegistrationRequest) -> RegisterBrokerRecord {
        var record = RegisterBrokerRecord()
        record.brokerId = request.brokerId
        record.incarnationId = request.incarnationId
        record.brokerEpoch = nextOffset
        record.rack = request.rack
        record.logDirs = request.logDirs
        record.fenced = true
        record.endPoints = request.listeners.map { listener in
            var row = RegisterBrokerRecord.BrokerEndpoint()
            row.name = listener.name
            row.host = listener.host
            row.port = listener.port
            row.securityProtocol = listener.securityProtocol
            return row
        }
        record.features = request.features.map { feature in
            var row = RegisterBrokerRecord.BrokerFeature()
            row.name = feature.name
            row.minSupportedVersion = feature.minSupportedVersion
            row.maxSupportedVersion = feature.maxSupportedVersion
            return row
        }
        return record
    }

    /// UnregisterBroker: the cluster forgets a broker, which need not be there.
    func unregister(_ request: UnregisterBrokerRequest) -> ControllerResult<UnregisterBrokerResponse> {
        var response = UnregisterBrokerResponse()
        response.errorMessage = nil
        guard let broker = image.brokers[request.brokerId] else {
            response.errorCode = .brokerIdNotRegistered
            response.errorMessage = "broker \(request.brokerId) is not registered"
            return ControllerResult([], response)
        }
        var draft = DecisionDraft(self)
        var record = UnregisterBrokerRecord()
        (record.brokerId, record.brokerEpoch) = (broker.id, broker.epoch)
        draft.add(.unregisterBroker(record))
        draft.decisions.append(.unregistered(broker: broker.id, epoch: broker.epoch))
        draft.withdraw(broker.id, .brokerUnregistered(broker.id))
        return draft.result(response)
    }

    /// AllocateProducerIds: gives a broker the next block of producer ids.
    func allocateProducerIds(_ request: AllocateProducerIdsRequest) -> ControllerResult<AllocateProducerIdsResponse> {
        var response = AllocateProducerIdsResponse()
        func refuse(_ code: ErrorCode, _ reason: String) -> ControllerResult<AllocateProducerIdsResponse> {
            response.errorCode = code
            return ControllerResult([], response, reason: reason)
        }
        guard let broker = image.brokers[request.brokerId] else {
            return refuse(.brokerIdNotRegistered, "broker \(request.brokerId) is not registered")
        }
        guard broker.epoch == request.brokerEpoch else {
            return refuse(
                .staleBrokerEpoch,
                "broker \(request.brokerId) has epoch \(broker.epoch), and the request \(request.brokerEpoch)"
            )
        }
        let first = image.producerIds.nextProducerId
        let (next, overflows) = first.addingReportingOverflow(Self.producerIdBlockSize)
        if overflows { return refuse(.unknownServerError, "all producer ids are taken") }
        var record = ProducerIdsRecord()
        record.brokerId = request.brokerId
        record.brokerEpoch = request.brokerEpoch
        record.nextProducerId = next
        response.producerIdStart = first
        response.producerIdLen = Int32(Self.producerIdBlockSize)
        return ControllerResult([.producerIds(record)], response)
    }
}

extension DecisionDraft {
    /// The only broker is there at once. An epoch must not name two different tails of a log: where it leads already, new ones begin
    /// unless it has stopped in order.
    fileprivate mutating func serveAlone(_ broker: Int32, wasClean: Bool) {
        guard let registered = image.brokers[broker] else { return }
        var record = BrokerRegistrationChangeRecord()
        (record.brokerId, record.brokerEpoch, record.fenced) = (broker, registered.epoch, -1)
        add(.brokerRegistrationChange(record))
        let cause = DecisionCause.brokerRestarted(broker, isClean: wasClean)
        changeAll(cause) {
            $0.leader < 0 && $0.replicas.contains(broker) || $0.leader == broker && !wasClean
        } _: {
            change in
            change.beginsEpoch = change.before.leader == broker
        }
    }
}
