import Support
import Tensors

/// Convolutions over `sgemm`: complete with OpenBLAS alone.
///
/// 1×1 is one matrix product; 3×3 with stride 1 or 2 goes by Winograd; the rest gathers patches
/// (im2col) block by block. Bias, ReLU and residual follow while a block is in cache.
public struct OpenBLASEngine: ConvolutionEngine {
  public let name = "openblas"
  public var versions: String { BLAS.description }

  /// - Throws: `UserError` when OpenBLAS is not installed.
  public init() throws { try BLAS.checkAvailable() }

  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> any Convolution<Element> {
    let made: any Convolution<Float>
    if geometry.suitsWinograd || geometry.suitsStridedWinograd {
      made = WinogradConvolution(
        geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize)
    } else if geometry.isMatrixProduct {
      made = MatrixProductConvolution(geometry, weights: weights, bias: bias, relu: relu)
    } else {
      made = PatchesConvolution(geometry, weights: weights, bias: bias, relu: relu)
    }
    guard let convolution = made as? any Convolution<Element> else {
      throw Self.onlyFloat32
    }
    return convolution
  }

  static var onlyFloat32: UserError {
    UserError(
      "the engine openblas computes in float32 only",
      remedy: "use --engine onednn (or auto) for --precision bfloat16")
  }

  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooling: Pooling, usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> (any Convolution<Element>)? {
    let made: any Convolution<Float>
    if geometry.suitsWinograd {
      guard pooling.fitsWinogradTiles else { return nil }
      made = WinogradConvolution(
        geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize, pooled: true)
    } else {
      // Images, whose few channels make small products.
      guard geometry.inChannels < 16, geometry.outChannels % 16 == 0 else { return nil }
      made = PooledPatchesConvolution(
        geometry, weights: weights, bias: bias, relu: relu, pooling: pooling)
    }
    return made as? any Convolution<Element>
  }
}

extension Tensor {
  /// Weights `[out, in, kh, kw]` as a panel matrix `[kh · kw · in, out]`, for products with patches
  /// whose channels lie innermost.
  func packedForPatches() -> AlignedBuffer {
    let (out, channels, taps) = (shape[0], shape[1], shape[2] * shape[3])
    let packed = AlignedBuffer(uninitialized: count)
    withUnsafeBufferPointer { weights in
      for o in 0..<out {
        for c in 0..<channels {
          for tap in 0..<taps {
            let place = PanelMatrix.offset(
              row: tap * channels + c, column: o, inner: taps * channels, columns: out)
            packed.pointer[place] = weights[(o * channels + c) * taps + tap]
          }
        }
      }
    }
    return packed
  }

  /// The elements in memory that an engine may keep.
  func aligned() -> AlignedBuffer {
    let copy = AlignedBuffer(uninitialized: count)
    withUnsafeBufferPointer { elements in
      for (index, element) in elements.enumerated() { copy.pointer[index] = element }
    }
    return copy
  }
}
