/// The keys and certificates of tests; `Certificates/make` makes them.
public enum Certificates {
    public static func path(_ name: String) -> String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/Certificates/\(name)"
    }
}
