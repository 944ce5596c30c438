using Moda.Kernels.Cpu;
using Moda.Benchmarks.Cases;

namespace Moda.Kernels.Tests.Cpu;

/// <summary>What goes into a convolution besides its geometry.</summary>
internal sealed class ConvolutionOperands
{
    public ConvolutionOperands(ConvolutionCase convolution, Func<float> next)
    {
        Case = convolution;
        Input = Fill((int)convolution.InputShape.ElementCount, next);
        Weight = Fill(convolution.WeightCount, next);
        Bias = Fill(convolution.Outputs, next);
        Residual = Fill((int)convolution.OutputShape.ElementCount, next);
        Gate = Fill(convolution.Outputs, next);
    }

    public ConvolutionCase Case { get; }

    /// <summary>[N, D, H, W, inputs].</summary>
    public float[] Input { get; }

    /// <summary>[outputs, inputs / groups, kernel depth, kernel height, kernel width].</summary>
    public float[] Weight { get; }

    /// <summary>[outputs].</summary>
    public float[] Bias { get; }

    /// <summary>[N, D', H', W', outputs].</summary>
    public float[] Residual { get; }

    /// <summary>[outputs].</summary>
    public float[] Gate { get; }

    /// <summary>Carries out the convolution between sentinels.</summary>
    public float[] Run(CpuDevice device, Activation activation)
    {
        using var store = new ParameterStore(device);
        using var input = new GuardedTensor(device, Case.InputShape, Input, Case.InputGap, offset: 3);
        using var output = new GuardedTensor(device, Case.OutputShape, Case.OutputGap, offset: 5);
        using var residual = new GuardedTensor(device, Case.OutputShape, Residual, gap: 2);
        ConvolutionWeights weights = store.Convolution(Weight, Bias, Case.Geometry);
        var epilogue = new Epilogue
        {
            Activation = activation,
            Residual = residual.Tensor,
            Gate = store.Tensor(Gate, new Shape(Gate.Length)),
        };
        device.Convolution(input.Tensor, weights, epilogue, output.Tensor);
        input.AssertGuardsUntouched();
        output.AssertGuardsUntouched();
        return output.Values();
    }

    private static float[] Fill(int count, Func<float> next)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = next();
        }

        return values;
    }
}
