namespace Moda.Kernels.Ilgpu.Products;

/// <summary>
/// How weights are packed: [group][tap, padded input channel][padded output channel], with zeros in the paddings; for depthwise
/// convolutions [tap][channel].
/// </summary>
internal readonly struct WeightLayout
{
    private readonly int taps;
    private readonly int inputs;
    private readonly int outputs;
    private readonly long groupStep;
    private readonly long tapStep;

    /// <summary>Describes the packed weights of a convolution.</summary>
    public WeightLayout(in ConvolutionGeometry geometry, ProductMethod method)
    {
        taps = geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width;
        inputs = geometry.InputChannels / geometry.Groups;
        outputs = geometry.OutputChannels / geometry.Groups;
        if (method == ProductMethod.Depthwise)
        {
            (PaddedInputs, PaddedOutputs, PaddedTerms) = (1, 1, taps);
            (groupStep, tapStep, Count) = (1, geometry.Groups, (long)taps * geometry.Groups);
            return;
        }

        PaddedInputs = ToMultiple(inputs, ProductGeometry.ChunkChannels);
        PaddedOutputs = ToMultiple(outputs, ProductTile.ColumnsFor(outputs));
        PaddedTerms = ToMultiple(checked(taps * PaddedInputs), ProductTile.StepTerms);
        tapStep = (long)PaddedInputs * PaddedOutputs;
        groupStep = (long)PaddedTerms * PaddedOutputs;
        Count = geometry.Groups * groupStep;
    }

    /// <summary>Input channels of a group, padded.</summary>
    public int PaddedInputs { get; }

    /// <summary>Output channels of a group, padded.</summary>
    public int PaddedOutputs { get; }

    /// <summary>Terms of a sum, padded.</summary>
    public int PaddedTerms { get; }

    /// <summary>Values of the packed weights.</summary>
    public long Count { get; }

    /// <summary>The place of a value of [outputs, inputs per group, taps].</summary>
    public long PlaceOf(long flat)
    {
        var tap = Execution.ElementPosition.Of(flat, taps);
        var input = Execution.ElementPosition.Of(tap.Row, inputs);
        var output = Execution.ElementPosition.Of(input.Row, outputs);
        return (output.Row * groupStep) + (tap.Column * tapStep) + ((long)input.Column * PaddedOutputs) + output.Column;
    }

    private static int ToMultiple(int value, int factor) => checked((value + factor - 1) / factor * factor);
}
