package io.conduktor.connect.websocket.harness;

/**
 * How steeply values rise: the slope of the straight line through points, by least squares, with its standard error.
 *
 * @param perUnit how much the values rise for each unit of the work
 * @param error the standard error of that; widened where neighbouring points err together, as memory does that comes and goes in blocks
 */
public record Slope(double perUnit, double error) {
    /** Fewer points show a slope by chance. */
    public static final int POINTS = 8;
    private static final double SURE = 3;
    /** The correction for points that err together is bounded, or one block in the middle of a course would make it infinite. */
    private static final double MOST_ALIKE = 0.8;

    /**
     * @param work how much had been done at each point; not all the same
     * @param values what was measured then
     * @throws IllegalArgumentException if there are fewer than {@link #POINTS}
     */
    public static Slope of(double[] work, double[] values) {
        int points = work.length;
        if (points < POINTS || points != values.length) {
            throw new IllegalArgumentException(points + " points and " + values.length + " values; a slope needs " + POINTS + " of each");
        }
        double workMean = mean(work);
        double valueMean = mean(values);
        double spread = 0;
        double together = 0;
        for (int i = 0; i < points; i++) {
            spread += (work[i] - workMean) * (work[i] - workMean);
            together += (work[i] - workMean) * (values[i] - valueMean);
        }
        if (spread == 0) {
            throw new IllegalArgumentException("nothing was done between the points");
        }
        double perUnit = together / spread;
        double[] rests = new double[points];
        for (int i = 0; i < points; i++) {
            rests[i] = values[i] - valueMean - perUnit * (work[i] - workMean);
        }
        double error = Math.sqrt(squares(rests) / (points - 2) / spread);
        double alike = Math.min(MOST_ALIKE, alikeness(rests));
        return new Slope(perUnit, error * Math.sqrt((1 + alike) / (1 - alike)));
    }

    /** The most that the true slope may be, so that a measurement this low is not chance. */
    public double atMost() {
        return perUnit + SURE * error;
    }

    /** The least that it may be. */
    public double atLeast() {
        return perUnit - SURE * error;
    }

    /** Whether the values surely rise less than the bound. False if they rise more, and if they are too noisy to tell. */
    public boolean isBelow(double bound) {
        return atMost() < bound;
    }

    /** How much each rest tells about the next one: 0 nothing, 1 all (the autocorrelation at a lag of one); 0 for those that alternate. */
    private static double alikeness(double[] rests) {
        double products = 0;
        for (int i = 1; i < rests.length; i++) {
            products += rests[i] * rests[i - 1];
        }
        double squares = squares(rests);
        return squares == 0 ? 0 : Math.max(0, products / squares);
    }

    private static double squares(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
