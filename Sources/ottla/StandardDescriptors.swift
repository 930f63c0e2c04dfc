import Glibc

/// Takes the descriptors 0, 1 and 2 where they are closed, before a file or a socket gets such a number and somebody's output goes into it. They
/// are opened the wrong way round, so that reading and writing them fails as if they were closed still.
func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
        // It is the lowest number that is free, so that it is the one that is given.
        let opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        // A directory can be neither read nor written like this.
        if opened < 0 { _ = open("/", O_RDONLY) }
    }
}
