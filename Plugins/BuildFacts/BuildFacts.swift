import Foundation
import PackagePlugin

/// Puts three files beside the program: `commit.txt`, the commit it is built from (`-dirty` where the
/// checkout differs from it; empty outside a checkout), `packages.txt`, the Swift packages that were
/// resolved, a name, version and commit a line, and `toolchain.txt`, the compiler.
@main
struct BuildFacts: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let package = context.package.directoryURL.path(percentEncoded: false)
    let folder = context.pluginWorkDirectoryURL.appending(path: "facts")
    let script = #"""
      mkdir -p "$2" && cd "$1" &&
      { git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || true; } > "$2/commit.txt" &&
      { awk -F'"' '
        /"location"/ { n = split($4, p, "/"); name = p[n] }
        /"revision"/ { commit = substr($4, 1, 12) }
        /"version"/ && name { print name " " $4 " (" commit ")"; name = "" }
      ' Package.resolved || true; } > "$2/packages.txt" &&
      # Of the program that builds, which need not be on the PATH.
      swiftc=$(dirname "$(readlink "/proc/$PPID/exe" 2>/dev/null)" 2>/dev/null)/swiftc &&
      { "$swiftc" --version 2>/dev/null || swiftc --version 2>/dev/null || true; } |
        head -n 1 > "$2/toolchain.txt"
      """#
    return [
      .prebuildCommand(
        displayName: "Facts of the build", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", script, "sh", package, folder.path(percentEncoded: false)],
        outputFilesDirectory: folder)
    ]
  }
}
