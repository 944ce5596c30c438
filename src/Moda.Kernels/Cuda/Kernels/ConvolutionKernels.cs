using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>
/// The kernels of <c>convolution_simt.cu</c> and, where activations are float16, of <c>convolution_mma.cu</c> and
/// <c>convolution_passes.cu</c>.
/// </summary>
internal sealed class ConvolutionKernels
{
    public readonly CudaFunction Simt;
    public readonly CudaFunction Depthwise;
    public readonly CudaFunction Narrow;
    public readonly CudaFunction? Unfold;
    public readonly CudaFunction? Finish;

    /// <summary>Larger tiles of as many columns come first.</summary>
    private readonly TensorCoreTile[] tiles = [];

    /// <summary>Takes the kernels.</summary>
    /// <param name="simt"><c>convolution_simt.cu</c>.</param>
    /// <param name="mma"><c>convolution_mma.cu</c>, or null.</param>
    /// <param name="passes"><c>convolution_passes.cu</c>, or null.</param>
    /// <param name="stages">What <c>convolution_mma.cu</c> was compiled with.</param>
    public ConvolutionKernels(CudaModule simt, CudaModule? mma, CudaModule? passes, int stages)
    {
        Simt = simt.GetFunction("convolution_simt");
        Depthwise = simt.GetFunction("convolution_depthwise");
        Narrow = simt.GetFunction("convolution_narrow");
        Unfold = passes?.GetFunction("convolution_unfold");
        Finish = passes?.GetFunction("convolution_finish");
        if (mma is not null)
        {
            tiles =
            [
                new TensorCoreTile(mma, 128, 32, stages),
                new TensorCoreTile(mma, 256, 64, stages),
                new TensorCoreTile(mma, 128, 64, stages),
                new TensorCoreTile(mma, 128, 128, stages),
                new TensorCoreTile(mma, 128, 160, stages),
            ];
        }
    }

    /// <summary>The largest tile of which there are enough for all multiprocessors, or the smallest.</summary>
    /// <param name="columns">Output channels of the tile that the weights were packed for.</param>
    /// <param name="rows">Output positions over all columns of tiles.</param>
    /// <param name="multiprocessors">The device's.</param>
    public TensorCoreTile TileFor(int columns, long rows, int multiprocessors)
    {
        TensorCoreTile? found = null;
        foreach (TensorCoreTile tile in tiles)
        {
            if (tile.Columns == columns && (found is null || rows < (long)found.Rows * multiprocessors))
            {
                found = tile;
            }
        }

        return found ?? throw new NotSupportedException($"There is no kernel for tiles of {columns} output channels.");
    }
}
