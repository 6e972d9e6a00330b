#if OneDNN
  import COneDNN

  /// What a primitive is made for: a pass of a convolution over images of one size.
  struct OneDNNShape: Hashable {
    let kind: TrainingPass.Kind
    let geometry: ConvolutionGeometry
    /// Images of one execution.
    let batch: Int
    /// Of the input.
    let height: Int
    /// Of the input.
    let width: Int
    /// Elements from pixel to pixel of the input: its channels where there is no gap.
    let inStride: Int
    /// The same of the output.
    var outStride: Int
    /// Of what is read.
    let precision: Precision
    /// Whether a forward pass leaves float32 in any precision, as gradients do.
    var isWide = false
    var bias = false
    var relu = false
    /// Whether a forward pass adds to what the output holds.
    var sum = false
    /// OpenMP threads of one execution.
    let threads: Int

    /// As the shim takes it.
    var raw: rg_dnnl_shape {
      let size = geometry.outputSize(height: height, width: width)
      let pass =
        switch kind {
        case .forward: RG_DNNL_FORWARD
        case .inputGradient: RG_DNNL_BACKWARD_DATA
        case .weightGradient: RG_DNNL_BACKWARD_WEIGHTS
        }
      return rg_dnnl_shape(
        kind: Int32(pass), batch: Int32(batch), in_height: Int32(height),
        in_width: Int32(width), in_channels: Int32(geometry.inChannels),
        in_stride: Int32(inStride), out_height: Int32(size.height),
        out_width: Int32(size.width), out_channels: Int32(geometry.outChannels),
        out_stride: Int32(outStride), kernel_height: Int32(geometry.kernelHeight),
        kernel_width: Int32(geometry.kernelWidth), stride: Int32(geometry.stride),
        padding: Int32(geometry.padding), bfloat16: precision == .bfloat16 ? 1 : 0,
        wide: isWide ? 1 : 0, bias: bias ? 1 : 0, relu: relu ? 1 : 0, sum: sum ? 1 : 0,
        threads: Int32(threads))
    }
  }

  /// How a batch is divided among our own threads.
  struct OneDNNParts {
    let count: Int
    /// OpenMP threads of each execution.
    let threads: Int
    private let batch: Int

    /// For training, whose parts do not depend on the number of threads.
    init(batch: Int) {
      self.batch = batch
      // Parts of equal size, where there are such: another size may want other weights.
      let most = TrainingPass.parts
      count = (most / 2 + 1...most).last { batch % $0 == 0 } ?? min(batch, most)
      threads = 1
    }

    /// For inference: a part for each thread; a batch smaller than their number is one part, left to
    /// OpenMP.
    init(batch: Int, threads: Int) {
      self.batch = batch
      count = batch >= threads ? threads : 1
      self.threads = count == 1 ? threads : 1
    }

    /// The images of a part.
    subscript(part: Int) -> Range<Int> { batch * part / count..<batch * (part + 1) / count }

    /// Sizes of the parts, the larger first: they differ by one image at most.
    var sizes: [Int] {
      let (most, least) = ((batch + count - 1) / count, batch / count)
      return least > 0 && least != most ? [most, least] : [most]
    }
  }
#endif
