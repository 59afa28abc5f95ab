INSERT INTO customers (name) SELECT 'Customer ' || n FROM generate_series(1, 100) AS n;
INSERT INTO orders (customer_id, total) SELECT id, 10 * n FROM customers, generate_series(1, 5) AS n;
