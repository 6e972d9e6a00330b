import Foundation
import PackagePlugin

/// Puts two files beside the program: `commit.txt`, the commit it is built from (`-dirty` where the
/// checkout differs from it; empty outside a checkout), and `packages.txt`, the Swift packages that
/// Package.swift pins, a name and a version a line.
@main
struct BuildFacts: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let package = context.package.directoryURL.path(percentEncoded: false)
    let folder = context.pluginWorkDirectoryURL.appending(path: "facts")
    let script = #"""
      mkdir -p "$2" && cd "$1" &&
      { git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || true; } > "$2/commit.txt" &&
      sed -nE 's|.*/([^/"]+)", exact: "([^"]+)".*|\1 \2|p' Package.swift > "$2/packages.txt"
      """#
    return [
      .prebuildCommand(
        displayName: "Facts of the build", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", script, "sh", package, folder.path(percentEncoded: false)],
        outputFilesDirectory: folder)
    ]
  }
}
