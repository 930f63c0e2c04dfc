/// Carries messages to other nodes of the quorum. Losing some does no harm.
package protocol RaftTransport: AnyObject {
    func send(_ message: RaftMessage)
}
