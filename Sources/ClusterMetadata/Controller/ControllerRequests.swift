import KafkaProtocol

// The requests that the controller serves: where each is decided, and what refuses all of it.

extension CreateTopicsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<CreateTopicsResponse> {
        controller.createTopics(self, using: &random)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> CreateTopicsResponse {
        var response = CreateTopicsResponse()
        response.topics = topics.map { topic in
            var row = CreateTopicsResponse.CreatableTopicResult()
            row.name = topic.name
            row.errorCode = code
            row.errorMessage = message
            row.configs = []
            return row
        }
        return response
    }
}

extension DeleteTopicsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<DeleteTopicsResponse> {
        var result = controller.deleteTopics(self)
        if context.version < 3 {
            // The code for "switched off" came with version 3.
            for index in result.response.responses.indices
            where result.response.responses[index].errorCode == .topicDeletionDisabled {
                result.response.responses[index].errorCode = .invalidRequest
            }
        }
        return result
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> DeleteTopicsResponse {
        var response = DeleteTopicsResponse()
        let wanted: [(name: String?, id: KafkaUUID)] =
            topicNames.map { ($0, .zero) } + topics.map { ($0.name, $0.topicId) }
        response.responses = wanted.map { name, id in
            var row = DeleteTopicsResponse.DeletableTopicResult()
            row.name = name
            row.topicId = id
            row.errorCode = code
            row.errorMessage = message
            return row
        }
        return response
    }
}

extension CreatePartitionsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<CreatePartitionsResponse> {
        controller.createPartitions(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> CreatePartitionsResponse {
        var response = CreatePartitionsResponse()
        response.results = topics.map { topic in
            var row = CreatePartitionsResponse.CreatePartitionsTopicResult()
            row.name = topic.name
            row.errorCode = code
            row.errorMessage = message
            return row
        }
        return response
    }
}

extension IncrementalAlterConfigsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<IncrementalAlterConfigsResponse> {
        controller.incrementalAlterConfigs(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> IncrementalAlterConfigsResponse {
        var response = IncrementalAlterConfigsResponse()
        response.responses = resources.map { resource in
            var row = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
            row.resourceType = resource.resourceType
            row.resourceName = resource.resourceName
            row.errorCode = code
            row.errorMessage = message
            return row
        }
        return response
    }
}

extension AlterConfigsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<AlterConfigsResponse> {
        controller.alterConfigs(self)
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> AlterConfigsResponse {
        var response = AlterConfigsResponse()
        response.responses = resources.map { resource in
            var row = AlterConfigsResponse.AlterConfigsResourceResponse()
            row.resourceType = resource.resourceType
            row.resourceName = resource.resourceName
            row.errorCode = code
            row.errorMessage = message
            return row
        }
        return response
    }
}

extension ElectLeadersRequest: ControllerRequest {
    package var mayBeLarge: Bool { true }

    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<ElectLeadersResponse> {
        var result = controller.electLeaders(self)
        // The code for the whole request came with version 1.
        if context.version == 0 { result.response.errorCode = .none }
        return result
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> ElectLeadersResponse {
        var response = ElectLeadersResponse()
        response.errorCode = code
        response.replicaElectionResults = (topicPartitions ?? []).map { topic in
            var row = ElectLeadersResponse.ReplicaElectionResult()
            row.topic = topic.topic
            row.partitionResult = topic.partitions.map { number in
                var cell = ElectLeadersResponse.PartitionResult()
                cell.partitionId = number
                cell.errorCode = code
                cell.errorMessage = message
                return cell
            }
            return row
        }
        return response
    }
}

extension UpdateFeaturesRequest: ControllerRequest {
    package var mayBeLarge: Bool { true }

    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<UpdateFeaturesResponse> {
        controller.updateFeatures(
            self,
            version: context.version,
            supported: SupportedFeatures(
                controller.image,
                allowsUnstable: controller.settings.allowsUnstableFeatures
            )
        )
    }

    package func refusal(_ code: ErrorCode, _ message: String) -> UpdateFeaturesResponse {
        var response = UpdateFeaturesResponse()
        response.errorCode = code
        response.errorMessage = message
        return response
    }
}

extension AllocateProducerIdsRequest: ControllerRequest {
    package func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<AllocateProducerIdsResponse> {
        controller.allocateProducerIds(self)
    }
}
