using Moda.Kernels.Cpu;
using Moda.Benchmarks.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

public sealed class MatrixTests
{
    public static TheoryData<string> FamilyNames => new(ConvolutionFamilies.All.Keys);

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Sums_of_small_integers_are_exact(string family)
    {
        var random = new Random(7);
        using var device = new CpuDevice(2);
        foreach (ConvolutionCase convolution in ConvolutionFamilies.All[family])
        {
            var operands = new ConvolutionOperands(convolution, () => random.Next(-4, 5));

            float[] actual = operands.Run(device, Activation.Relu);

            double[] expected = MatrixReference.Convolution(operands).Sums;
            for (int i = 0; i < expected.Length; i++)
            {
                double value = Math.Max(expected[i], 0);
                Assert.True(actual[i] == value, $"{convolution}: element {i} is {actual[i]}, not {value}.");
            }
        }
    }
}
