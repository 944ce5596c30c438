using Moda.Kernels;

namespace Moda.Runtime.Networks.FaceDetection;

/// <summary>
/// TensorFlow's "same" padding of a 3 x 3 convolution with stride 2 on even extents adds nothing before the input and one after it. A 4 x 4
/// kernel whose first row and column are zero, padded by one on both sides, gives the same sums.
/// </summary>
internal static class TensorFlowPadding
{
    private const int Kernel = 3;

    /// <summary>Reads <c>name.weight</c> [outputs, inputs / groups, 3, 3] and its bias.</summary>
    public static ConvolutionWeights Stride2(ParameterLoader parameters, string name, int groups = 1)
    {
        ReadOnlySpan<int> shape = parameters.ShapeOf(name + ".weight");
        int outputs = shape[0];
        int inputs = shape[1];
        float[] weight = parameters.Values(name + ".weight", outputs, inputs, Kernel, Kernel);
        const int Widened = Kernel + 1;
        float[] widened = new float[outputs * inputs * Widened * Widened];
        for (int filter = 0; filter < outputs * inputs; filter++)
        {
            for (int row = 0; row < Kernel; row++)
            {
                weight.AsSpan((filter * Kernel + row) * Kernel, Kernel)
                    .CopyTo(widened.AsSpan((filter * Widened + row + 1) * Widened + 1));
            }
        }

        return parameters.Convolution(new ConvolutionParameters(
            widened,
            parameters.Bias(name, outputs),
            new ConvolutionGeometry
            {
                InputChannels = inputs * groups,
                OutputChannels = outputs,
                Kernel = new Extent3(1, Widened, Widened),
                Stride = new Extent3(1, 2, 2),
                Padding = new Extent3(0, 1, 1),
                Groups = groups,
            }));
    }
}
