import FlyingFox

/// Which requests a browser sends for another site's page: that page cannot read an answer, but pictures and
/// photos take time to make. Programs that are no browsers say nothing of where a request is from.
public enum CrossSiteGuard {
  /// Whether a request is answered: it is not from another site, or somebody followed a link from there.
  public static func allows(_ method: HTTPMethod, _ headers: HTTPHeaders) -> Bool {
    guard value("Sec-Fetch-Site", headers) == "cross-site" else { return true }
    // A page in a frame is a navigation as well.
    return method == .GET && value("Sec-Fetch-Mode", headers) == "navigate"
      && ["document", nil].contains(value("Sec-Fetch-Dest", headers))
  }

  private static func value(_ name: String, _ headers: HTTPHeaders) -> String? {
    headers[HTTPHeader(name)]?.lowercased()
  }
}
