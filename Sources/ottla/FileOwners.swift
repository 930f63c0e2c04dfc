import Glibc
import World

/// What root writes into somebody else's directory belongs to them: the user of a service has to open what an administrator has formatted.
enum FileOwners {
    /// Gives the files and directories of root below a directory to the owner of that directory. Changes nothing where the directory is root's,
    /// or the process is not.
    static func giveToOwner(of directory: String) throws {
        // The directory itself may be a link: systemd makes one for the services whose user it makes.
        var top = stat()
        guard geteuid() == 0, stat(directory, &top) == 0, top.st_uid != 0 else { return }
        try give(directory, to: top)
    }

    private static func give(_ directory: String, to owner: stat) throws {
        for name in try LinuxFileSystem().list(directory) {
            let path = "\(directory)/\(name)"
            guard let found = status(path) else { continue }
            let isDirectory = found.st_mode & S_IFMT == S_IFDIR
            // A file with a second name may be one that the owner has no right to, put here to be given away.
            let isFile = found.st_mode & S_IFMT == S_IFREG && found.st_nlink == 1
            guard isDirectory || isFile else { continue }
            if found.st_uid == 0, lchown(path, owner.st_uid, owner.st_gid) != 0 {
                throw StorageError("change the owner of", path, errno: errno)
            }
            if isDirectory { try give(path, to: owner) }
        }
    }

    /// Of the path itself, also where it is a link.
    private static func status(_ path: String) -> stat? {
        var found = stat()
        return lstat(path, &found) == 0 ? found : nil
    }
}
