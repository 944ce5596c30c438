using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceDetection;

/// <summary>The 68-point landmark network of face-api (MIT): four dense blocks of separable convolutions and a linear layer.</summary>
internal sealed class FaceLandmarkNetwork
{
    /// <summary>Side of the square input in pixels.</summary>
    public const int InputSize = 112;

    private const int FinalWindow = 7;

    private readonly ConvolutionWeights first;
    private readonly List<DenseBlock> blocks = [];
    private readonly LinearWeights fc;

    /// <summary>Loads the network.</summary>
    public FaceLandmarkNetwork(ParameterLoader parameters)
    {
        first = TensorFlowPadding.Stride2(parameters["dense0"], "conv0");
        for (int index = 0; index < 4; index++)
        {
            blocks.Add(new DenseBlock(parameters[$"dense{index}"], readsFirst: index > 0));
        }

        fc = parameters.Linear("fc");
    }

    /// <summary>The means of the training images. They are subtracted from red, green and blue in 0..255, before the division by 255.</summary>
    public static ReadOnlySpan<float> Mean => [122.782f, 117.001f, 104.298f];

    /// <summary>Computes landmarks from a normalised square crop [1, 112, 112, 3]: [1, 136], x and y of 68 points, 0..1 over the crop.</summary>
    public Tensor Forward(Workspace workspace, Tensor crop)
    {
        var relu = new Epilogue { Activation = Activation.Relu };
        Tensor x = blocks[0].Dense(workspace, workspace.Convolution(crop, first, relu));
        foreach (DenseBlock block in blocks.Skip(1))
        {
            x = block.Forward(workspace, x);
        }

        return workspace.Linear(workspace.GlobalAveragePool(RequireFinalWindow(x)), fc);
    }

    private static Tensor RequireFinalWindow(Tensor x) => x.Shape[1] == FinalWindow && x.Shape[2] == FinalWindow
        ? x
        : throw new TensorShapeException(nameof(FaceLandmarkNetwork), "the last map must be 7 x 7", x.Shape, x.Shape);

    /// <summary>Four convolutions. The output of each is added to the sum of those before it. The first one halves the extents.</summary>
    private sealed class DenseBlock
    {
        private readonly SeparableConvolution? conv0;
        private readonly SeparableConvolution[] dense;

        public DenseBlock(ParameterLoader parameters, bool readsFirst)
        {
            conv0 = readsFirst ? new SeparableConvolution(parameters["conv0"], stride: 2) : null;
            dense = [.. Enumerable.Range(1, 3).Select(index => new SeparableConvolution(parameters[$"conv{index}"]))];
        }

        public Tensor Forward(Workspace workspace, Tensor x) =>
            Dense(workspace, conv0!.Forward(workspace, x, new Epilogue { Activation = Activation.Relu }));

        public Tensor Dense(Workspace workspace, Tensor sum)
        {
            // The first output is already rectified. Every later input is relu(sum of all outputs so far).
            Tensor x = sum;
            foreach (SeparableConvolution convolution in dense)
            {
                sum = convolution.Forward(workspace, x, new Epilogue { Residual = sum });
                x = workspace.Activate(sum, Activation.Relu);
            }

            return x;
        }
    }
}
