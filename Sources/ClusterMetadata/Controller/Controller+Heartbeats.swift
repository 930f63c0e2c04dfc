@_spi(Sabotage) import KafkaProtocol

/// A sign of life, which counts whatever is decided on it.
package struct BrokerContact: Equatable, Sendable {
    package var broker: Int32
}

extension Controller {
    /// BrokerHeartbeat: a broker is there, says how far it has read the metadata, and what it wants.
    ///
    /// - Parameter version: of the request.
    func heartbeat(_ request: BrokerHeartbeatRequest, version: Int16) -> ControllerResult<BrokerHeartbeatResponse> {
        var response = BrokerHeartbeatResponse()
        let broker: BrokerImage
        do throws(ControllerFailure) { broker = try self.broker(request.brokerId, epoch: request.brokerEpoch) } catch {
            response.errorCode = error.code
            return ControllerResult([], response, reason: error.message)
        }
        var draft = DecisionDraft(self)
        // One that is unfenced, or stops, has caught up before; what it has to know now is another thing.
        let knowsAll = sessions.hasCaughtUp(broker.id, request.currentMetadataOffset)
        response.isCaughtUp = broker.isFenced ? knowsAll : request.currentMetadataOffset >= broker.epoch
        let level = image.metadataVersion ?? .latestStable
        // First of all: who is unfenced leads nothing in them.
        if version >= 1, level.hasDirectories { draft.lose(request.offlineLogDirs, of: broker.id) }
        if version >= 2, level.hasCordonedDirectories { draft.cordon(request.cordonedLogDirs, of: broker.id) }
        if request.wantShutDown {
            response.shouldShutDown = draft.leave(broker, wantsFence: request.wantFence, knowsAll: knowsAll)
        } else if broker.isFenced {
            if !request.wantFence, response.isCaughtUp { draft.unfence(broker, request.currentMetadataOffset) }
        } else if request.wantFence, !broker.isInControlledShutdown {
            draft.fence(broker, .asked)
        }
        response.isFenced = draft.image.brokers[broker.id]?.isFenced ?? true
        var result = draft.result(response)
        result.contact = BrokerContact(broker: broker.id)
        return result
    }

    /// The broker in the epoch that it claims to have.
    func broker(_ id: Int32, epoch: Int64) throws(ControllerFailure) -> BrokerImage {
        guard let broker = image.brokers[id] else {
            throw ControllerFailure(.staleBrokerEpoch, "broker \(id) is not registered")
        }
        guard broker.epoch == epoch || Sabotage.oldIncarnationHeard.isOn else {
            throw ControllerFailure(
                .staleBrokerEpoch,
                "broker \(id) has epoch \(broker.epoch), and the request \(epoch)"
            )
        }
        return broker
    }

    /// How many partitions a broker leads.
    func leaderships(of broker: Int32) -> Int {
        image.topics.values.reduce(0) { count, topic in
            count + topic.partitions.values.reduce(0) { $0 + ($1.leader == broker ? 1 : 0) }
        }
    }
}

extension DecisionDraft {
    private static func change(_ broker: BrokerImage) -> BrokerRegistrationChangeRecord {
        var record = BrokerRegistrationChangeRecord()
        (record.brokerId, record.brokerEpoch) = (broker.id, broker.epoch)
        return record
    }

    /// The broker counts as absent.
    mutating func fence(_ broker: BrokerImage, _ reason: FencingReason) {
        var record = Self.change(broker)
        record.fenced = 1
        add(.brokerRegistrationChange(record))
        decisions.append(.fenced(broker: broker.id, epoch: broker.epoch, reason))
        withdraw(broker.id, .brokerFenced(broker.id, reason))
    }

    /// The broker is there, and leads what nobody else can.
    mutating func unfence(_ broker: BrokerImage, _ metadataOffset: Int64) {
        var record = Self.change(broker)
        record.fenced = -1
        add(.brokerRegistrationChange(record))
        decisions.append(.unfenced(broker: broker.id, epoch: broker.epoch, metadataOffset: metadataOffset))
        electWhereNobodyLeads(.brokerUnfenced(broker.id)) { $0.replicas.contains(broker.id) }
    }

    /// A broker wants to stop. First others lead what it leads; once it knows of that, it may.
    ///
    /// - Parameter knowsAll: it has read what became of its leaderships.
    /// - Returns: whether it may.
    mutating func leave(_ broker: BrokerImage, wantsFence: Bool, knowsAll: Bool) -> Bool {
        if broker.isFenced || Sabotage.shutdownMovesNothing.isOn { return true }
        let leaderships = controller.leaderships(of: broker.id)
        if wantsFence || leaderships == 0 && (knowsAll || !broker.isInControlledShutdown) {
            fence(broker, .stopped)
            return true
        }
        if leaderships == 0 { return false }
        if !broker.isInControlledShutdown {
            var record = Self.change(broker)
            record.inControlledShutdown = 1
            add(.brokerRegistrationChange(record))
            decisions.append(.shutdownBegan(broker: broker.id, epoch: broker.epoch, leaderships: leaderships))
        }
        withdraw(broker.id, .brokerStops(broker.id))
        return false
    }

    // MARK: Directories

    /// Log directories of a broker have failed: nobody counts on the replicas in them.
    mutating func lose(_ offline: [KafkaUUID], of id: Int32) {
        guard let broker = image.brokers[id] else { return }
        let lost = broker.registration.logDirs.filter { offline.contains($0) && !Sabotage.directoryLossUnheard.isOn }
        // Without any left the broker ends by itself; no record says that there is none.
        guard !lost.isEmpty, lost.count < broker.registration.logDirs.count else { return }
        var record = Self.change(broker)
        record.logDirs = broker.registration.logDirs.filter { !offline.contains($0) }
        add(.brokerRegistrationChange(record))
        decisions.append(.directoriesLost(broker: id, lost))
        changeAll(.directoriesOffline(id, lost)) { partition in
            guard partition.isr.contains(id) || partition.leader == id else { return false }
            return partition.directory(of: id).map { lost.contains($0) } ?? false
        } _: {
            $0.isr.removeAll { $0 == id }
        }
    }

    /// These log directories take no new replicas; nil from who doesn't know.
    mutating func cordon(_ cordoned: [KafkaUUID]?, of id: Int32) {
        guard let cordoned, let broker = image.brokers[id], broker.registration.cordonedLogDirs != cordoned else {
            return
        }
        var record = Self.change(broker)
        record.cordonedLogDirs = cordoned
        add(.brokerRegistrationChange(record))
    }
}
