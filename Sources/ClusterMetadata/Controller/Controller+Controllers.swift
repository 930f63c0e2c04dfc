import KafkaProtocol

extension Controller {
    /// ControllerRegistration: a controller tells where it is reached and which features it serves.
    func register(_ request: ControllerRegistrationRequest) -> ControllerResult<ControllerRegistrationResponse> {
        var response = ControllerRegistrationResponse()
        response.errorMessage = nil
        func refuse(_ code: ErrorCode, _ reason: String) -> ControllerResult<ControllerRegistrationResponse> {
            (response.errorCode, response.errorMessage) = (code, reason)
            return ControllerResult([], response, reason: reason)
        }
        let level = image.metadataVersion ?? .latestStable
        guard level.hasControllerRegistrations else {
            return refuse(.unsupportedVersion, "metadata.version \(level) has no place for controllers")
        }
        if request.listeners.isEmpty {
            return refuse(.invalidRegistration, "controller \(request.controllerId) has no listener")
        }
        var record = RegisterControllerRecord()
        record.controllerId = request.controllerId
        record.incarnationId = request.incarnationId
        record.zkMigrationReady = request.zkMigrationReady
        record.endPoints = request.listeners.map { listener in
            var row = RegisterControllerRecord.ControllerEndpoint()
            (row.name, row.host, row.port) = (listener.name, listener.host, listener.port)
            row.securityProtocol = listener.securityProtocol
            return row
        }
        record.features = request.features.map { feature in
            var row = RegisterControllerRecord.ControllerFeature()
            row.name = feature.name
            (row.minSupportedVersion, row.maxSupportedVersion) = (
                feature.minSupportedVersion, feature.maxSupportedVersion
            )
            return row
        }
        if image.controllers[request.controllerId] == record { return ControllerResult([], response) }
        return ControllerResult([.registerController(record)], response)
    }

    /// UnregisterController: the cluster forgets a controller that does not come back (KIP-1312). One that runs registers again.
    func unregister(_ request: UnregisterControllerRequest) -> ControllerResult<UnregisterControllerResponse> {
        let id = request.controllerId
        func refuse(_ code: ErrorCode, _ reason: String) -> ControllerResult<UnregisterControllerResponse> {
            ControllerResult([], request.refusal(code, reason))
        }
        if id == settings.nodeId {
            return refuse(.invalidRequest, "controller \(id) is the active one, and cannot be unregistered")
        }
        let level = image.metadataVersion ?? .latestStable
        guard level.hasControllerUnregistrations else {
            return refuse(
                .unsupportedVersion,
                "unregistering a controller requires metadata.version 33 (4.4-IV2) or later, and it is \(level)"
            )
        }
        guard image.controllers[id] != nil else {
            return refuse(.controllerIdNotRegistered, "controller \(id) is not registered")
        }
        if voters.contains(id) {
            return refuse(
                .invalidRequest,
                "controller \(id) is a voter of the metadata quorum; remove it from the voters first"
            )
        }
        var record = UnregisterControllerRecord()
        record.controllerId = id
        var response = UnregisterControllerResponse()
        response.errorMessage = nil
        return ControllerResult([.unregisterController(record)], response)
    }
}
