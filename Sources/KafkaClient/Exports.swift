// What the client's own declarations are made of: whoever uses it needs no further import for them.
@_exported import struct KafkaConnection.BrokerAddress
@_exported import struct KafkaConnection.KafkaError
@_exported import struct KafkaConnection.OAuthToken
@_exported import struct KafkaConnection.OAuthTokenFile
@_exported import protocol KafkaConnection.OAuthTokenProvider
@_exported import enum KafkaConnection.SASL
@_exported import struct KafkaConnection.Secret
@_exported import struct KafkaConnection.TLSOptions
@_exported import struct KafkaProtocol.ErrorCode
@_exported import struct KafkaProtocol.KafkaUUID
@_exported import struct KafkaProtocol.TopicPartition
@_exported import enum KafkaRecords.Compression
@_exported import struct KafkaRecords.Record
@_exported import struct KafkaRecords.RecordView
@_exported import struct NIOCore.ByteBuffer
