using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceDetection;

/// <summary>
/// The tiny face detector of face-api (MIT): a YOLO v2 head on six separable convolutions, one cell for every 32 x 32 pixels.
/// </summary>
internal sealed class TinyFaceDetector
{
    /// <summary>The side of a cell in pixels.</summary>
    public const int CellSize = 32;

    /// <summary>The number of values of each anchor: x, y, width, height and score, before their activations.</summary>
    public const int BoxValues = 5;

    private const float LeakySlope = 0.1f;

    private readonly ConvolutionWeights first;
    private readonly SeparableConvolution[] separable;
    private readonly ConvolutionWeights head;

    /// <summary>Loads the detector.</summary>
    public TinyFaceDetector(ParameterLoader parameters)
    {
        first = parameters.Convolution("conv0");
        separable = [.. Enumerable.Range(1, 5).Select(index => new SeparableConvolution(parameters[$"conv{index}"]))];
        head = parameters.Convolution("conv8");
    }

    /// <summary>The means of the training images. They are subtracted from red, green and blue in 0..255, before the division by 255.</summary>
    public static ReadOnlySpan<float> Mean => [117.001f, 114.697f, 97.404f];

    /// <summary>The widths and heights of the anchors, in cells.</summary>
    public static ReadOnlySpan<(float Width, float Height)> Anchors => new (float, float)[]
    {
        (1.603231f, 2.094468f), (6.041143f, 7.080126f), (2.882459f, 3.518061f), (4.266906f, 5.178857f), (9.041765f, 10.66308f),
    };

    /// <summary>Computes boxes from a normalised square image [1, S, S, 3]: [1, S / 32, S / 32, anchors x 5].</summary>
    public Tensor Forward(Workspace workspace, Tensor image)
    {
        var leaky = new Epilogue { Activation = Activation.LeakyRelu(LeakySlope) };
        Tensor x = workspace.Convolution(image, first, leaky);
        foreach (SeparableConvolution convolution in separable)
        {
            x = convolution.Forward(workspace, workspace.MaxPool(x, kernel: 2, stride: 2, padding: 0), leaky);
        }

        return workspace.Convolution(MaxPoolSame(workspace, x), head);
    }

    /// <summary>
    /// Maximum over 2 x 2 windows with stride 1 and TensorFlow's "same" padding: window (y, x) covers rows y and y + 1. A pool with
    /// symmetric padding covers y - 1 and y, so its output is read one row and one column further.
    /// </summary>
    private static Tensor MaxPoolSame(Workspace workspace, Tensor x)
    {
        Tensor padded = workspace.MaxPool(x, kernel: 2, stride: 1, padding: 1);
        Tensor same = workspace.Allocate(x.Shape);
        for (int row = 0; row < x.Shape[1]; row++)
        {
            workspace.Copy(padded[0][row + 1].Slice(1, x.Shape[2]), same[0][row]);
        }

        return same;
    }
}
