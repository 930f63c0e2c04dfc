enum KafkaProtocolPlaceholder {}
