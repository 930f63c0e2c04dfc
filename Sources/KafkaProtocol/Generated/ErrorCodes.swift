// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

extension ErrorCode {
    public static let unknownServerError = ErrorCode(rawValue: -1)
    public static let none = ErrorCode(rawValue: 0)
    public static let offsetOutOfRange = ErrorCode(rawValue: 1)
    public static let corruptMessage = ErrorCode(rawValue: 2)
    public static let unknownTopicOrPartition = ErrorCode(rawValue: 3)
    public static let invalidFetchSize = ErrorCode(rawValue: 4)
    public static let leaderNotAvailable = ErrorCode(rawValue: 5)
    public static let notLeaderOrFollower = ErrorCode(rawValue: 6)
    public static let requestTimedOut = ErrorCode(rawValue: 7)
    public static let brokerNotAvailable = ErrorCode(rawValue: 8)
    public static let replicaNotAvailable = ErrorCode(rawValue: 9)
    public static let messageTooLarge = ErrorCode(rawValue: 10)
    public static let staleControllerEpoch = ErrorCode(rawValue: 11)
    public static let offsetMetadataTooLarge = ErrorCode(rawValue: 12)
    public static let networkException = ErrorCode(rawValue: 13)
    public static let coordinatorLoadInProgress = ErrorCode(rawValue: 14)
    public static let coordinatorNotAvailable = ErrorCode(rawValue: 15)
    public static let notCoordinator = ErrorCode(rawValue: 16)
    public static let invalidTopicException = ErrorCode(rawValue: 17)
    public static let recordListTooLarge = ErrorCode(rawValue: 18)
    public static let notEnoughReplicas = ErrorCode(rawValue: 19)
    public static let notEnoughReplicasAfterAppend = ErrorCode(rawValue: 20)
    public static let invalidRequiredAcks = ErrorCode(rawValue: 21)
    public static let illegalGeneration = ErrorCode(rawValue: 22)
    public static let inconsistentGroupProtocol = ErrorCode(rawValue: 23)
    public static let invalidGroupId = ErrorCode(rawValue: 24)
    public static let unknownMemberId = ErrorCode(rawValue: 25)
    public static let invalidSessionTimeout = ErrorCode(rawValue: 26)
    public static let rebalanceInProgress = ErrorCode(rawValue: 27)
    public static let invalidCommitOffsetSize = ErrorCode(rawValue: 28)
    public static let topicAuthorizationFailed = ErrorCode(rawValue: 29)
    public static let groupAuthorizationFailed = ErrorCode(rawValue: 30)
    public static let clusterAuthorizationFailed = ErrorCode(rawValue: 31)
    public static let invalidTimestamp = ErrorCode(rawValue: 32)
    public static let unsupportedSaslMechanism = ErrorCode(rawValue: 33)
    public static let illegalSaslState = ErrorCode(rawValue: 34)
    public static let unsupportedVersion = ErrorCode(rawValue: 35)
    public static let topicAlreadyExists = ErrorCode(rawValue: 36)
    public static let invalidPartitions = ErrorCode(rawValue: 37)
    public static let invalidReplicationFactor = ErrorCode(rawValue: 38)
    public static let invalidReplicaAssignment = ErrorCode(rawValue: 39)
    public static let invalidConfig = ErrorCode(rawValue: 40)
    public static let notController = ErrorCode(rawValue: 41)
    public static let invalidRequest = ErrorCode(rawValue: 42)
    public static let unsupportedForMessageFormat = ErrorCode(rawValue: 43)
    public static let policyViolation = ErrorCode(rawValue: 44)
    public static let outOfOrderSequenceNumber = ErrorCode(rawValue: 45)
    public static let duplicateSequenceNumber = ErrorCode(rawValue: 46)
    public static let invalidProducerEpoch = ErrorCode(rawValue: 47)
    public static let invalidTxnState = ErrorCode(rawValue: 48)
    public static let invalidProducerIdMapping = ErrorCode(rawValue: 49)
    public static let invalidTransactionTimeout = ErrorCode(rawValue: 50)
    public static let concurrentTransactions = ErrorCode(rawValue: 51)
    public static let transactionCoordinatorFenced = ErrorCode(rawValue: 52)
    public static let transactionalIdAuthorizationFailed = ErrorCode(rawValue: 53)
    public static let securityDisabled = ErrorCode(rawValue: 54)
    public static let operationNotAttempted = ErrorCode(rawValue: 55)
    public static let kafkaStorageError = ErrorCode(rawValue: 56)
    public static let logDirNotFound = ErrorCode(rawValue: 57)
    public static let saslAuthenticationFailed = ErrorCode(rawValue: 58)
    public static let unknownProducerId = ErrorCode(rawValue: 59)
    public static let reassignmentInProgress = ErrorCode(rawValue: 60)
    public static let delegationTokenAuthDisabled = ErrorCode(rawValue: 61)
    public static let delegationTokenNotFound = ErrorCode(rawValue: 62)
    public static let delegationTokenOwnerMismatch = ErrorCode(rawValue: 63)
    public static let delegationTokenRequestNotAllowed = ErrorCode(rawValue: 64)
    public static let delegationTokenAuthorizationFailed = ErrorCode(rawValue: 65)
    public static let delegationTokenExpired = ErrorCode(rawValue: 66)
    public static let invalidPrincipalType = ErrorCode(rawValue: 67)
    public static let nonEmptyGroup = ErrorCode(rawValue: 68)
    public static let groupIdNotFound = ErrorCode(rawValue: 69)
    public static let fetchSessionIdNotFound = ErrorCode(rawValue: 70)
    public static let invalidFetchSessionEpoch = ErrorCode(rawValue: 71)
    public static let listenerNotFound = ErrorCode(rawValue: 72)
    public static let topicDeletionDisabled = ErrorCode(rawValue: 73)
    public static let fencedLeaderEpoch = ErrorCode(rawValue: 74)
    public static let unknownLeaderEpoch = ErrorCode(rawValue: 75)
    public static let unsupportedCompressionType = ErrorCode(rawValue: 76)
    public static let staleBrokerEpoch = ErrorCode(rawValue: 77)
    public static let offsetNotAvailable = ErrorCode(rawValue: 78)
    public static let memberIdRequired = ErrorCode(rawValue: 79)
    public static let preferredLeaderNotAvailable = ErrorCode(rawValue: 80)
    public static let groupMaxSizeReached = ErrorCode(rawValue: 81)
    public static let fencedInstanceId = ErrorCode(rawValue: 82)
    public static let eligibleLeadersNotAvailable = ErrorCode(rawValue: 83)
    public static let electionNotNeeded = ErrorCode(rawValue: 84)
    public static let noReassignmentInProgress = ErrorCode(rawValue: 85)
    public static let groupSubscribedToTopic = ErrorCode(rawValue: 86)
    public static let invalidRecord = ErrorCode(rawValue: 87)
    public static let unstableOffsetCommit = ErrorCode(rawValue: 88)
    public static let throttlingQuotaExceeded = ErrorCode(rawValue: 89)
    public static let producerFenced = ErrorCode(rawValue: 90)
    public static let resourceNotFound = ErrorCode(rawValue: 91)
    public static let duplicateResource = ErrorCode(rawValue: 92)
    public static let unacceptableCredential = ErrorCode(rawValue: 93)
    public static let inconsistentVoterSet = ErrorCode(rawValue: 94)
    public static let invalidUpdateVersion = ErrorCode(rawValue: 95)
    public static let featureUpdateFailed = ErrorCode(rawValue: 96)
    public static let principalDeserializationFailure = ErrorCode(rawValue: 97)
    public static let snapshotNotFound = ErrorCode(rawValue: 98)
    public static let positionOutOfRange = ErrorCode(rawValue: 99)
    public static let unknownTopicId = ErrorCode(rawValue: 100)
    public static let duplicateBrokerRegistration = ErrorCode(rawValue: 101)
    public static let brokerIdNotRegistered = ErrorCode(rawValue: 102)
    public static let inconsistentTopicId = ErrorCode(rawValue: 103)
    public static let inconsistentClusterId = ErrorCode(rawValue: 104)
    public static let transactionalIdNotFound = ErrorCode(rawValue: 105)
    public static let fetchSessionTopicIdError = ErrorCode(rawValue: 106)
    public static let ineligibleReplica = ErrorCode(rawValue: 107)
    public static let newLeaderElected = ErrorCode(rawValue: 108)
    public static let offsetMovedToTieredStorage = ErrorCode(rawValue: 109)
    public static let fencedMemberEpoch = ErrorCode(rawValue: 110)
    public static let unreleasedInstanceId = ErrorCode(rawValue: 111)
    public static let unsupportedAssignor = ErrorCode(rawValue: 112)
    public static let staleMemberEpoch = ErrorCode(rawValue: 113)
    public static let mismatchedEndpointType = ErrorCode(rawValue: 114)
    public static let unsupportedEndpointType = ErrorCode(rawValue: 115)
    public static let unknownControllerId = ErrorCode(rawValue: 116)
    public static let unknownSubscriptionId = ErrorCode(rawValue: 117)
    public static let telemetryTooLarge = ErrorCode(rawValue: 118)
    public static let invalidRegistration = ErrorCode(rawValue: 119)
    public static let transactionAbortable = ErrorCode(rawValue: 120)
    public static let invalidRecordState = ErrorCode(rawValue: 121)
    public static let shareSessionNotFound = ErrorCode(rawValue: 122)
    public static let invalidShareSessionEpoch = ErrorCode(rawValue: 123)
    public static let fencedStateEpoch = ErrorCode(rawValue: 124)
    public static let invalidVoterKey = ErrorCode(rawValue: 125)
    public static let duplicateVoter = ErrorCode(rawValue: 126)
    public static let voterNotFound = ErrorCode(rawValue: 127)
    public static let invalidRegularExpression = ErrorCode(rawValue: 128)
    public static let rebootstrapRequired = ErrorCode(rawValue: 129)
    public static let streamsInvalidTopology = ErrorCode(rawValue: 130)
    public static let streamsInvalidTopologyEpoch = ErrorCode(rawValue: 131)
    public static let streamsTopologyFenced = ErrorCode(rawValue: 132)
    public static let shareSessionLimitReached = ErrorCode(rawValue: 133)
    public static let groupDeletionFailed = ErrorCode(rawValue: 134)
    public static let streamsTopologyDescriptionUpdateFailed = ErrorCode(rawValue: 135)
    public static let controllerIdNotRegistered = ErrorCode(rawValue: 136)

    struct Facts {
        var name: String
        var isRetriable: Bool
        var invalidatesMetadata: Bool
        var message: String
    }

    static let facts: [Int16: Facts] = [
        -1: Facts(name: "UNKNOWN_SERVER_ERROR", isRetriable: false, invalidatesMetadata: false, message: "The server failed in a way that it did not foresee; its log has the cause."),
        0: Facts(name: "NONE", isRetriable: false, invalidatesMetadata: false, message: "No error."),
        1: Facts(name: "OFFSET_OUT_OF_RANGE", isRetriable: false, invalidatesMetadata: false, message: "The offset is outside of the range of offsets that the partition holds."),
        2: Facts(name: "CORRUPT_MESSAGE", isRetriable: true, invalidatesMetadata: false, message: "A record batch is damaged: its checksum or its structure is wrong."),
        3: Facts(name: "UNKNOWN_TOPIC_OR_PARTITION", isRetriable: true, invalidatesMetadata: true, message: "This server does not host the topic or partition."),
        4: Facts(name: "INVALID_FETCH_SIZE", isRetriable: false, invalidatesMetadata: false, message: "The requested fetch size is not possible."),
        5: Facts(name: "LEADER_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: true, message: "The partition has no leader at the moment."),
        6: Facts(name: "NOT_LEADER_OR_FOLLOWER", isRetriable: true, invalidatesMetadata: true, message: "This server is not the leader of the partition, or does not follow it."),
        7: Facts(name: "REQUEST_TIMED_OUT", isRetriable: true, invalidatesMetadata: false, message: "The request was not completed in the time that it allowed."),
        8: Facts(name: "BROKER_NOT_AVAILABLE", isRetriable: false, invalidatesMetadata: false, message: "The broker is not available."),
        9: Facts(name: "REPLICA_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: true, message: "A replica of the partition is not available."),
        10: Facts(name: "MESSAGE_TOO_LARGE", isRetriable: false, invalidatesMetadata: false, message: "The record batch is larger than the largest that the topic takes."),
        11: Facts(name: "STALE_CONTROLLER_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The controller was replaced by a newer one."),
        12: Facts(name: "OFFSET_METADATA_TOO_LARGE", isRetriable: false, invalidatesMetadata: false, message: "The metadata of the committed offset is too long."),
        13: Facts(name: "NETWORK_EXCEPTION", isRetriable: true, invalidatesMetadata: true, message: "The connection ended before an answer came."),
        14: Facts(name: "COORDINATOR_LOAD_IN_PROGRESS", isRetriable: true, invalidatesMetadata: false, message: "The coordinator is still loading this group or transactional id."),
        15: Facts(name: "COORDINATOR_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: false, message: "There is no coordinator at the moment."),
        16: Facts(name: "NOT_COORDINATOR", isRetriable: true, invalidatesMetadata: false, message: "This broker is not the coordinator of the group or transactional id."),
        17: Facts(name: "INVALID_TOPIC_EXCEPTION", isRetriable: false, invalidatesMetadata: false, message: "The topic name is not valid, or the topic is reserved for the system."),
        18: Facts(name: "RECORD_LIST_TOO_LARGE", isRetriable: false, invalidatesMetadata: false, message: "The records are larger than a segment of the log."),
        19: Facts(name: "NOT_ENOUGH_REPLICAS", isRetriable: true, invalidatesMetadata: false, message: "The partition has fewer in-sync replicas than min.insync.replicas asks for."),
        20: Facts(name: "NOT_ENOUGH_REPLICAS_AFTER_APPEND", isRetriable: true, invalidatesMetadata: false, message: "The records were written, but to fewer in-sync replicas than required."),
        21: Facts(name: "INVALID_REQUIRED_ACKS", isRetriable: false, invalidatesMetadata: false, message: "acks must be -1, 0 or 1."),
        22: Facts(name: "ILLEGAL_GENERATION", isRetriable: false, invalidatesMetadata: false, message: "The generation of the group is not the current one."),
        23: Facts(name: "INCONSISTENT_GROUP_PROTOCOL", isRetriable: false, invalidatesMetadata: false, message: "The member's protocol type or protocols do not fit those of the group."),
        24: Facts(name: "INVALID_GROUP_ID", isRetriable: false, invalidatesMetadata: false, message: "The group id is not valid."),
        25: Facts(name: "UNKNOWN_MEMBER_ID", isRetriable: false, invalidatesMetadata: false, message: "The coordinator does not know this member."),
        26: Facts(name: "INVALID_SESSION_TIMEOUT", isRetriable: false, invalidatesMetadata: false, message: "The session timeout is outside of the range that the broker allows."),
        27: Facts(name: "REBALANCE_IN_PROGRESS", isRetriable: false, invalidatesMetadata: false, message: "The group is rebalancing: join it again."),
        28: Facts(name: "INVALID_COMMIT_OFFSET_SIZE", isRetriable: false, invalidatesMetadata: false, message: "The offset commit is too large."),
        29: Facts(name: "TOPIC_AUTHORIZATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Not authorised for the topic."),
        30: Facts(name: "GROUP_AUTHORIZATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Not authorised for the group."),
        31: Facts(name: "CLUSTER_AUTHORIZATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Not authorised for the cluster."),
        32: Facts(name: "INVALID_TIMESTAMP", isRetriable: false, invalidatesMetadata: false, message: "The timestamp of a record is outside of the range that the topic allows."),
        33: Facts(name: "UNSUPPORTED_SASL_MECHANISM", isRetriable: false, invalidatesMetadata: false, message: "The server does not offer this SASL mechanism."),
        34: Facts(name: "ILLEGAL_SASL_STATE", isRetriable: false, invalidatesMetadata: false, message: "The request does not fit the state of the SASL exchange."),
        35: Facts(name: "UNSUPPORTED_VERSION", isRetriable: false, invalidatesMetadata: false, message: "The server does not offer this version of the API."),
        36: Facts(name: "TOPIC_ALREADY_EXISTS", isRetriable: false, invalidatesMetadata: false, message: "A topic of this name exists already."),
        37: Facts(name: "INVALID_PARTITIONS", isRetriable: false, invalidatesMetadata: false, message: "The number of partitions is not valid."),
        38: Facts(name: "INVALID_REPLICATION_FACTOR", isRetriable: false, invalidatesMetadata: false, message: "The replication factor is below one or above the number of brokers."),
        39: Facts(name: "INVALID_REPLICA_ASSIGNMENT", isRetriable: false, invalidatesMetadata: false, message: "The assignment of replicas is not valid."),
        40: Facts(name: "INVALID_CONFIG", isRetriable: false, invalidatesMetadata: false, message: "A configuration is not valid."),
        41: Facts(name: "NOT_CONTROLLER", isRetriable: true, invalidatesMetadata: false, message: "This node is not the active controller."),
        42: Facts(name: "INVALID_REQUEST", isRetriable: false, invalidatesMetadata: false, message: "The request contradicts itself or the protocol; the server's log has the details."),
        43: Facts(name: "UNSUPPORTED_FOR_MESSAGE_FORMAT", isRetriable: false, invalidatesMetadata: false, message: "The message format on disk does not allow this."),
        44: Facts(name: "POLICY_VIOLATION", isRetriable: false, invalidatesMetadata: false, message: "The request breaks a policy of the cluster."),
        45: Facts(name: "OUT_OF_ORDER_SEQUENCE_NUMBER", isRetriable: false, invalidatesMetadata: false, message: "The sequence number is not the one that the broker expected next."),
        46: Facts(name: "DUPLICATE_SEQUENCE_NUMBER", isRetriable: false, invalidatesMetadata: false, message: "The sequence number was used before."),
        47: Facts(name: "INVALID_PRODUCER_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The producer's epoch is older than the one that the broker knows."),
        48: Facts(name: "INVALID_TXN_STATE", isRetriable: false, invalidatesMetadata: false, message: "The transaction is not in a state that allows this."),
        49: Facts(name: "INVALID_PRODUCER_ID_MAPPING", isRetriable: false, invalidatesMetadata: false, message: "The producer id does not belong to this transactional id."),
        50: Facts(name: "INVALID_TRANSACTION_TIMEOUT", isRetriable: false, invalidatesMetadata: false, message: "The transaction timeout is larger than the broker allows."),
        51: Facts(name: "CONCURRENT_TRANSACTIONS", isRetriable: true, invalidatesMetadata: false, message: "Another operation on the same transaction is still under way."),
        52: Facts(name: "TRANSACTION_COORDINATOR_FENCED", isRetriable: false, invalidatesMetadata: false, message: "The transaction coordinator was replaced by a newer one."),
        53: Facts(name: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Not authorised for the transactional id."),
        54: Facts(name: "SECURITY_DISABLED", isRetriable: false, invalidatesMetadata: false, message: "Security features are switched off."),
        55: Facts(name: "OPERATION_NOT_ATTEMPTED", isRetriable: false, invalidatesMetadata: false, message: "Not attempted, because another part of the request failed."),
        56: Facts(name: "KAFKA_STORAGE_ERROR", isRetriable: true, invalidatesMetadata: true, message: "The disk that holds the log failed."),
        57: Facts(name: "LOG_DIR_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The log directory does not exist on this broker."),
        58: Facts(name: "SASL_AUTHENTICATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Authentication failed."),
        59: Facts(name: "UNKNOWN_PRODUCER_ID", isRetriable: false, invalidatesMetadata: false, message: "The broker holds no state of this producer id."),
        60: Facts(name: "REASSIGNMENT_IN_PROGRESS", isRetriable: false, invalidatesMetadata: false, message: "A reassignment of the partition is under way."),
        61: Facts(name: "DELEGATION_TOKEN_AUTH_DISABLED", isRetriable: false, invalidatesMetadata: false, message: "Delegation tokens are switched off."),
        62: Facts(name: "DELEGATION_TOKEN_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The delegation token does not exist."),
        63: Facts(name: "DELEGATION_TOKEN_OWNER_MISMATCH", isRetriable: false, invalidatesMetadata: false, message: "The delegation token belongs to another principal."),
        64: Facts(name: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", isRetriable: false, invalidatesMetadata: false, message: "Delegation token requests are not allowed on this connection."),
        65: Facts(name: "DELEGATION_TOKEN_AUTHORIZATION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "Not authorised for the delegation token."),
        66: Facts(name: "DELEGATION_TOKEN_EXPIRED", isRetriable: false, invalidatesMetadata: false, message: "The delegation token has expired."),
        67: Facts(name: "INVALID_PRINCIPAL_TYPE", isRetriable: false, invalidatesMetadata: false, message: "The type of the principal is not supported."),
        68: Facts(name: "NON_EMPTY_GROUP", isRetriable: false, invalidatesMetadata: false, message: "The group still has members."),
        69: Facts(name: "GROUP_ID_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The group does not exist."),
        70: Facts(name: "FETCH_SESSION_ID_NOT_FOUND", isRetriable: true, invalidatesMetadata: false, message: "The fetch session does not exist (any more)."),
        71: Facts(name: "INVALID_FETCH_SESSION_EPOCH", isRetriable: true, invalidatesMetadata: false, message: "The epoch of the fetch session is not the expected one."),
        72: Facts(name: "LISTENER_NOT_FOUND", isRetriable: true, invalidatesMetadata: true, message: "The leader has no listener that matches the one of this request."),
        73: Facts(name: "TOPIC_DELETION_DISABLED", isRetriable: false, invalidatesMetadata: false, message: "Deleting topics is switched off."),
        74: Facts(name: "FENCED_LEADER_EPOCH", isRetriable: true, invalidatesMetadata: true, message: "The leader epoch of the request is older than the broker's."),
        75: Facts(name: "UNKNOWN_LEADER_EPOCH", isRetriable: true, invalidatesMetadata: false, message: "The leader epoch of the request is newer than the broker's."),
        76: Facts(name: "UNSUPPORTED_COMPRESSION_TYPE", isRetriable: false, invalidatesMetadata: false, message: "The compression type is not allowed here."),
        77: Facts(name: "STALE_BROKER_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The broker epoch is not the current one."),
        78: Facts(name: "OFFSET_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: false, message: "The leader does not know its high watermark yet."),
        79: Facts(name: "MEMBER_ID_REQUIRED", isRetriable: false, invalidatesMetadata: false, message: "Join again with the member id that this answer gives."),
        80: Facts(name: "PREFERRED_LEADER_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: true, message: "The preferred leader is not available."),
        81: Facts(name: "GROUP_MAX_SIZE_REACHED", isRetriable: false, invalidatesMetadata: false, message: "The group is full."),
        82: Facts(name: "FENCED_INSTANCE_ID", isRetriable: false, invalidatesMetadata: false, message: "Another member took over the group instance id."),
        83: Facts(name: "ELIGIBLE_LEADERS_NOT_AVAILABLE", isRetriable: true, invalidatesMetadata: true, message: "No eligible leader is available."),
        84: Facts(name: "ELECTION_NOT_NEEDED", isRetriable: true, invalidatesMetadata: true, message: "The partition needs no election."),
        85: Facts(name: "NO_REASSIGNMENT_IN_PROGRESS", isRetriable: false, invalidatesMetadata: false, message: "No reassignment is under way."),
        86: Facts(name: "GROUP_SUBSCRIBED_TO_TOPIC", isRetriable: false, invalidatesMetadata: false, message: "The group is subscribed to the topic."),
        87: Facts(name: "INVALID_RECORD", isRetriable: false, invalidatesMetadata: false, message: "A record breaks the rules of the topic or of the format."),
        88: Facts(name: "UNSTABLE_OFFSET_COMMIT", isRetriable: true, invalidatesMetadata: false, message: "There are offsets whose transaction is not finished yet."),
        89: Facts(name: "THROTTLING_QUOTA_EXCEEDED", isRetriable: true, invalidatesMetadata: false, message: "The quota is used up for now."),
        90: Facts(name: "PRODUCER_FENCED", isRetriable: false, invalidatesMetadata: false, message: "A newer producer with the same transactional id fenced this one."),
        91: Facts(name: "RESOURCE_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The resource does not exist."),
        92: Facts(name: "DUPLICATE_RESOURCE", isRetriable: false, invalidatesMetadata: false, message: "The resource exists already."),
        93: Facts(name: "UNACCEPTABLE_CREDENTIAL", isRetriable: false, invalidatesMetadata: false, message: "The credential does not meet the requirements."),
        94: Facts(name: "INCONSISTENT_VOTER_SET", isRetriable: false, invalidatesMetadata: false, message: "The sets of voters are not the same."),
        95: Facts(name: "INVALID_UPDATE_VERSION", isRetriable: false, invalidatesMetadata: false, message: "The update is based on an old version."),
        96: Facts(name: "FEATURE_UPDATE_FAILED", isRetriable: false, invalidatesMetadata: false, message: "The feature cannot be updated."),
        97: Facts(name: "PRINCIPAL_DESERIALIZATION_FAILURE", isRetriable: false, invalidatesMetadata: false, message: "The principal cannot be read."),
        98: Facts(name: "SNAPSHOT_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The snapshot does not exist (any more)."),
        99: Facts(name: "POSITION_OUT_OF_RANGE", isRetriable: false, invalidatesMetadata: false, message: "The position is outside of the snapshot."),
        100: Facts(name: "UNKNOWN_TOPIC_ID", isRetriable: true, invalidatesMetadata: true, message: "The server does not know the topic id."),
        101: Facts(name: "DUPLICATE_BROKER_REGISTRATION", isRetriable: false, invalidatesMetadata: false, message: "A broker with this id is registered and alive."),
        102: Facts(name: "BROKER_ID_NOT_REGISTERED", isRetriable: false, invalidatesMetadata: false, message: "No broker with this id is registered."),
        103: Facts(name: "INCONSISTENT_TOPIC_ID", isRetriable: true, invalidatesMetadata: true, message: "The topic id does not belong to the topic name."),
        104: Facts(name: "INCONSISTENT_CLUSTER_ID", isRetriable: false, invalidatesMetadata: false, message: "The cluster id is not the one of this cluster."),
        105: Facts(name: "TRANSACTIONAL_ID_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The transactional id does not exist."),
        106: Facts(name: "FETCH_SESSION_TOPIC_ID_ERROR", isRetriable: true, invalidatesMetadata: false, message: "The fetch session mixes topic names and ids."),
        107: Facts(name: "INELIGIBLE_REPLICA", isRetriable: false, invalidatesMetadata: false, message: "The replica may not be in the in-sync set."),
        108: Facts(name: "NEW_LEADER_ELECTED", isRetriable: false, invalidatesMetadata: false, message: "A new leader was elected while the change was made."),
        109: Facts(name: "OFFSET_MOVED_TO_TIERED_STORAGE", isRetriable: false, invalidatesMetadata: false, message: "The offset lies in tiered storage."),
        110: Facts(name: "FENCED_MEMBER_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The member's epoch was fenced."),
        111: Facts(name: "UNRELEASED_INSTANCE_ID", isRetriable: false, invalidatesMetadata: false, message: "The group instance id is still in use."),
        112: Facts(name: "UNSUPPORTED_ASSIGNOR", isRetriable: false, invalidatesMetadata: false, message: "The assignor is not supported."),
        113: Facts(name: "STALE_MEMBER_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The member's epoch is stale."),
        114: Facts(name: "MISMATCHED_ENDPOINT_TYPE", isRetriable: false, invalidatesMetadata: false, message: "The request went to an endpoint of the wrong type."),
        115: Facts(name: "UNSUPPORTED_ENDPOINT_TYPE", isRetriable: false, invalidatesMetadata: false, message: "The endpoint type is not supported."),
        116: Facts(name: "UNKNOWN_CONTROLLER_ID", isRetriable: false, invalidatesMetadata: false, message: "The controller id is not known."),
        117: Facts(name: "UNKNOWN_SUBSCRIPTION_ID", isRetriable: false, invalidatesMetadata: false, message: "The telemetry subscription is not known."),
        118: Facts(name: "TELEMETRY_TOO_LARGE", isRetriable: false, invalidatesMetadata: false, message: "The telemetry is too large."),
        119: Facts(name: "INVALID_REGISTRATION", isRetriable: false, invalidatesMetadata: false, message: "The registration is not valid."),
        120: Facts(name: "TRANSACTION_ABORTABLE", isRetriable: false, invalidatesMetadata: false, message: "The transaction can only be aborted."),
        121: Facts(name: "INVALID_RECORD_STATE", isRetriable: false, invalidatesMetadata: false, message: "The record is not in a state that allows this."),
        122: Facts(name: "SHARE_SESSION_NOT_FOUND", isRetriable: true, invalidatesMetadata: false, message: "The share session does not exist (any more)."),
        123: Facts(name: "INVALID_SHARE_SESSION_EPOCH", isRetriable: true, invalidatesMetadata: false, message: "The epoch of the share session is not the expected one."),
        124: Facts(name: "FENCED_STATE_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The state epoch was fenced."),
        125: Facts(name: "INVALID_VOTER_KEY", isRetriable: false, invalidatesMetadata: false, message: "The voter key is not the one of this voter."),
        126: Facts(name: "DUPLICATE_VOTER", isRetriable: false, invalidatesMetadata: false, message: "The voter is in the set already."),
        127: Facts(name: "VOTER_NOT_FOUND", isRetriable: false, invalidatesMetadata: false, message: "The voter is not in the set."),
        128: Facts(name: "INVALID_REGULAR_EXPRESSION", isRetriable: false, invalidatesMetadata: false, message: "The regular expression is not valid."),
        129: Facts(name: "REBOOTSTRAP_REQUIRED", isRetriable: false, invalidatesMetadata: false, message: "The client should find the cluster anew from its bootstrap addresses."),
        130: Facts(name: "STREAMS_INVALID_TOPOLOGY", isRetriable: false, invalidatesMetadata: false, message: "The topology is not valid."),
        131: Facts(name: "STREAMS_INVALID_TOPOLOGY_EPOCH", isRetriable: false, invalidatesMetadata: false, message: "The epoch of the topology is not valid."),
        132: Facts(name: "STREAMS_TOPOLOGY_FENCED", isRetriable: false, invalidatesMetadata: false, message: "The topology was fenced."),
        133: Facts(name: "SHARE_SESSION_LIMIT_REACHED", isRetriable: true, invalidatesMetadata: false, message: "The broker has as many share sessions as it can hold."),
        134: Facts(name: "GROUP_DELETION_FAILED", isRetriable: false, invalidatesMetadata: false, message: "The group could not be deleted."),
        135: Facts(name: "STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED", isRetriable: false, invalidatesMetadata: false, message: "The topology description could not be updated."),
        136: Facts(name: "CONTROLLER_ID_NOT_REGISTERED", isRetriable: false, invalidatesMetadata: false, message: "No controller with this id is registered."),
    ]
}
