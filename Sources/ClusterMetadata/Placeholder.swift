enum ClusterMetadataPlaceholder {}
