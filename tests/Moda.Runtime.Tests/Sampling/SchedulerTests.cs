using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

public sealed class SchedulerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(1001)]
    public void Flow_matching_refuses_steps_that_have_no_length(int steps) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FlowMatchScheduler(steps));

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Flow_matching_steps_lead_from_all_noise_to_none(int steps)
    {
        var scheduler = new FlowMatchScheduler(steps);
        double sum = 0;
        for (int step = 0; step < steps; step++)
        {
            Assert.True(scheduler.StepSize(step) < 0);
            sum += scheduler.StepSize(step);
        }

        Assert.Equal(-1, sum, 1e-5);
        Assert.Equal(-0.001, scheduler.StepSize(steps - 1), 1e-7);
    }

    [Fact]
    public void Flow_matching_steps_follow_the_checkpoints_levels()
    {
        var scheduler = new FlowMatchScheduler(5, new NoiseLevels(0.2f, 0.6f));

        Assert.Equal(-0.1, scheduler.StepSize(0), 1e-6);
        Assert.Equal(1000, scheduler.Timesteps[0]);
    }

    [Fact]
    public void Ddim_with_eta_one_draws_all_noise_anew()
    {
        // The predicted noise has the weight sqrt(1 - a' - s^2); what is drawn has the weight s.
        var scheduler = new DdimScheduler(new DdimOptions { ClipRange = float.PositiveInfinity }, 10);
        float[] still = [0.5f];
        float[] drawn = [0.5f];

        scheduler.Step([0.25f], 4, still, eta: 1, noise: [0]);
        scheduler.Step([0.25f], 4, drawn, eta: 1, noise: [1]);

        Assert.Equal([500, 400], scheduler.Timesteps[4..6].ToArray());
        (double alpha, double next) = (AlphaProduct(500), AlphaProduct(400));
        double deviation = Math.Sqrt((1 - next) / (1 - alpha) * (1 - alpha / next));
        Assert.Equal(deviation, drawn[0] - still[0], 1e-5);
        double clean = (0.5 - Math.Sqrt(1 - alpha) * 0.25) / Math.Sqrt(alpha);
        Assert.Equal(Math.Sqrt(next) * clean + Math.Sqrt(1 - next - deviation * deviation) * 0.25, still[0], 1e-5);
    }

    [Fact]
    public void Ddim_refuses_a_sample_without_its_noise() =>
        Assert.Throws<ArgumentException>(() => new DdimScheduler(new DdimOptions(), 10).Step([1f], 0, [1f], eta: 0.5f));

    private static double AlphaProduct(int timestep)
    {
        double product = 1;
        for (int t = 0; t <= timestep; t++)
        {
            product *= 1 - (0.0001 + (0.02 - 0.0001) * t / 999);
        }

        return product;
    }
}
