import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// HTTP and HTTPS by Foundation's `URLSession`.
public struct URLSessionTransport: HTTPTransport {
  private let timeout: Double

  /// - Parameter timeout: seconds without any byte after which a request has failed.
  public init(timeout: Double = 60) { self.timeout = timeout }

  /// - Throws: `TransportError` when there is no answer.
  public func send(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let url = URL(string: request.url) else { throw TransportError("no address") }
    var message = URLRequest(url: url, timeoutInterval: timeout)
    message.httpMethod = request.method
    for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
    if !request.body.isEmpty { message.httpBody = Data(request.body) }
    let answer = Answer()
    let task = URLSession.shared.dataTask(with: message) { data, response, error in
      if let status = (response as? HTTPURLResponse)?.statusCode {
        answer.give(.success(HTTPResponse(status: status, body: [UInt8](data ?? Data()))))
      } else {
        let reason = error.map { ($0 as NSError).localizedDescription } ?? "no answer"
        answer.give(.failure(TransportError(reason)))
      }
    }
    task.resume()
    return try answer.wait().get()
  }

  /// The answer on its way from the session's thread.
  private final class Answer: Sendable {
    private let result = Mutex<Result<HTTPResponse, TransportError>?>(nil)
    private let arrived = DispatchSemaphore(value: 0)

    func give(_ value: Result<HTTPResponse, TransportError>) {
      result.withLock { $0 = value }
      arrived.signal()
    }

    func wait() -> Result<HTTPResponse, TransportError> {
      arrived.wait()
      return result.withLock { $0 } ?? .failure(TransportError("no answer"))
    }
  }
}
