CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  total numeric(10, 2) NOT NULL CHECK (total >= 0)
);
CREATE INDEX orders_customer_id ON orders (customer_id);
