import LogStorage
import World

/// Why a node ends, or cannot start, with what an operator can do about it.
package struct EndingReason: CustomStringConvertible {
    package let description: String

    package init(_ error: any Error) {
        let storage: StorageError? =
            switch error {
            case let error as StorageError: error
            case LogError.storage(let error): error
            default: nil
            }
        let isFull = storage?.kind == .noSpace
        description =
            "\(error)" + (isFull ? "; nothing is lost: make room on that file system, and start the node again" : "")
    }
}
