/// What the broker's configuration says about groups. Times in milliseconds.
package struct GroupConfig: Equatable, Sendable {
    package var minSessionTimeout: Int64 = 6000
    package var maxSessionTimeout: Int64 = 1_800_000
    package var initialRebalanceDelay: Int64 = 3000
    package var maxSize = 5000
    package var maxMetadataBytes = 1 << 20
    package var maxPendingMembers = 10_000
    package var offsetMetadataMaxBytes = 4096
    package var offsetsRetention: Int64 = 10_080 * 60_000
    package var offsetsCommitTimeout: Int64 = 5000

    package init() {}
}
