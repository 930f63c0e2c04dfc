import KafkaProtocol

// The requests of brokers and controllers about themselves and their replicas.

extension BrokerRegistrationRequest: ControllerRequest {
    package var mayBeLarge: Bool { true }

    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<BrokerRegistrationResponse> {
        controller.register(self, version: context.version)
    }
}

extension BrokerHeartbeatRequest: ControllerRequest {
    package var mayBeLarge: Bool { true }

    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<BrokerHeartbeatResponse> {
        controller.heartbeat(self, version: context.version)
    }
}

extension UnregisterBrokerRequest: ControllerRequest {
    package var mayBeLarge: Bool { true }

    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<UnregisterBrokerResponse> {
        controller.unregister(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> UnregisterBrokerResponse {
        var response = UnregisterBrokerResponse()
        (response.errorCode, response.errorMessage) = (code, message)
        return response
    }
}

extension AlterPartitionRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<AlterPartitionResponse> {
        controller.alterPartition(self, version: context.version)
    }
}

extension AssignReplicasToDirsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<AssignReplicasToDirsResponse> {
        controller.assignReplicas(self)
    }
}

extension ControllerRegistrationRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<ControllerRegistrationResponse> {
        controller.register(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> ControllerRegistrationResponse {
        var response = ControllerRegistrationResponse()
        (response.errorCode, response.errorMessage) = (code, message)
        return response
    }
}

extension UnregisterControllerRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<UnregisterControllerResponse> {
        controller.unregister(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> UnregisterControllerResponse {
        var response = UnregisterControllerResponse()
        (response.errorCode, response.errorMessage) = (code, message)
        return response
    }
}
