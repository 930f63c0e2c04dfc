import KafkaProtocol

extension Controller {
    /// Ids below this one, without a high part, stand for directories that are not known, lost or moving (KIP-858).
    private static let reservedDirectoryIds: UInt64 = 100

    /// BrokerRegistration: a broker starts, and leads at once what it may lead.
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
        return ControllerResult(
            registrationRecords(request) + elections(for: request.brokerId, wasClean: wasClean),
            response
        )
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
    }

    private func checkDirectories(_ request: BrokerRegistrationRequest, _ name: String) throws(ControllerFailure) {
        if request.logDirs.isEmpty { throw ControllerFailure(.invalidRegistration, "\(name) has no log directory") }
        if let reserved = request.logDirs.first(where: { $0.high == 0 && $0.low < Self.reservedDirectoryIds }) {
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

    private func registrationRecords(_ request: BrokerRegistrationRequest) -> [MetadataRecord] {
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
        // As long as no heartbeats are kept, a broker that registers is there.
        var unfence = BrokerRegistrationChangeRecord()
        unfence.brokerId = record.brokerId
        unfence.brokerEpoch = record.brokerEpoch
        unfence.fenced = -1
        return [.registerBroker(record), .brokerRegistrationChange(unfence)]
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
