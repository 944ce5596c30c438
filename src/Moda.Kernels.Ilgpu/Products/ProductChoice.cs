namespace Moda.Kernels.Ilgpu.Products;

/// <summary>How a convolution or a linear layer is carried out.</summary>
internal enum ProductMethod
{
    /// <summary>One channel for each group: a thread for each output element.</summary>
    Depthwise,

    /// <summary>Few outputs, each a long sum: a group of threads for each output element.</summary>
    Narrow,

    /// <summary>A thread for each output element. ILGPU's simulator does this faster than any kernel with barriers.</summary>
    Simple,

    /// <summary>Implicit GEMM: a group for each tile of positions and channels.</summary>
    Tiled,
}

/// <summary>The one place that decides which kernel a convolution or a linear layer gets.</summary>
internal static class ProductChoice
{
    /// <summary>With at most so many outputs a tile is nearly empty.</summary>
    private const int NarrowOutputs = 4;

    /// <summary>A sum of at least so many terms can occupy a group of threads.</summary>
    private const int LongSum = 512;

    /// <summary>Chooses when weights are packed.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="usesTiles">Whether kernels may have barriers.</param>
    public static ProductMethod For(in ConvolutionGeometry geometry, bool usesTiles)
    {
        int inputs = geometry.InputChannels / geometry.Groups;
        int outputs = geometry.OutputChannels / geometry.Groups;
        return geometry.Groups > 1 && inputs == 1 && outputs == 1 ? ProductMethod.Depthwise
            : outputs <= NarrowOutputs && geometry.Groups == 1 && geometry.MultiplyAddsPerElement >= LongSum ? ProductMethod.Narrow
            : usesTiles ? ProductMethod.Tiled
            : ProductMethod.Simple;
    }
}
