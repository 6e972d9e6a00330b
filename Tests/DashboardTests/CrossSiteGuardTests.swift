import Dashboard
import FlyingFox
import Testing

@Suite struct CrossSiteGuardTests {
  private func allows(_ method: HTTPMethod, _ site: String?, _ mode: String?, _ dest: String?)
    -> Bool
  {
    var headers = HTTPHeaders()
    for (name, value) in [("Site", site), ("Mode", mode), ("Dest", dest)] {
      headers[HTTPHeader("Sec-Fetch-\(name)")] = value
    }
    return CrossSiteGuard.allows(method, headers)
  }

  @Test func `programs that are no browsers, own pages and typed addresses are answered`() {
    #expect(allows(.GET, nil, nil, nil))
    #expect(allows(.GET, "same-origin", "cors", "empty"))
    #expect(allows(.POST, "same-origin", "cors", "empty"))
    #expect(allows(.GET, "none", "navigate", "document"))
  }

  @Test func `a link from another site is followed`() {
    #expect(allows(.GET, "cross-site", "navigate", "document"))
    #expect(allows(.GET, "Cross-Site", "Navigate", nil))
  }

  @Test func `pictures, scripts, forms and frames of another site are not answered`() {
    #expect(!allows(.GET, "cross-site", "no-cors", "image"))
    #expect(!allows(.GET, "cross-site", "cors", "empty"))
    #expect(!allows(.GET, "cross-site", nil, nil))
    #expect(!allows(.POST, "cross-site", "navigate", "document"))
    #expect(!allows(.GET, "cross-site", "navigate", "iframe"))
  }
}
