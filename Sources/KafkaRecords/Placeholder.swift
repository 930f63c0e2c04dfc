enum KafkaRecordsPlaceholder {}
